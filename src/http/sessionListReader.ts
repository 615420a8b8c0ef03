import { ok, err, type Result, type Failure } from '../model/failure';
import {
  MAX_FIELD_VALUES,
  MAX_INTERACTION_VALUES,
  MAX_TEXT_VALUES,
  TOO_LARGE_RETRY_MS,
} from '../model/limits';
import { SessionListParser, type OnRead, type SessionList } from '../model/parseSession';
import { readJson, type JsonRefusal } from '../model/readJson';
import { inSlices, paced } from '../eventLoop';

const PIECE_CHARS = 64 * 1024;
/** Small elements of a piece are parsed at once: a millisecond or less. */
const AT_ONCE_CHARS = 2 * PIECE_CHARS;
/** `{"data":[`, with any space that a server writes between. */
const OPENING = /^\s*\{\s*"data"\s*:\s*\[/;
const OPENING_CHARS = 1024;
const EMPTY = /^\[\s*\]$/;
/** However many it has, no more are kept of one session. */
const MOST_KEPT_VALUES = MAX_INTERACTION_VALUES + MAX_FIELD_VALUES;

const REFUSED: Readonly<Record<JsonRefusal, Failure>> = {
  malformed: { kind: 'unreadable', detail: 'the list of sessions could not be read' },
  tooLarge: {
    kind: 'tooLarge',
    detail: 'the list of sessions holds more than can be taken',
    retryAfterMs: TOO_LARGE_RETRY_MS,
  },
};

/** Reads `{data: [session]}` of any size as it arrives, a slice at a time; holds no more text than one session. */
export class SessionListReader {
  private readonly parser = new SessionListParser();
  private readonly pace = paced();
  private phase: 'opening' | 'elements' | 'tail' | 'otherForm' = 'opening';
  private refusal: JsonRefusal | undefined;
  /** Text that is not read yet. */
  private pending: string[] = [];
  private elements = 0;
  private batches = 0;
  private values = 0;
  private valuesOfElement = 0;
  private depth = 0;
  private inString = false;
  private escaped = false;

  constructor(private readonly onRead: OnRead = () => {}) {}

  /** Takes what follows; false where no more is wanted. */
  async push(text: string): Promise<boolean> {
    for (let from = 0; from < text.length && !this.refusal; from += PIECE_CHARS) {
      await this.take(text.slice(from, from + PIECE_CHARS));
      const pause = this.pace();
      if (pause) await pause;
    }
    return this.refusal === undefined;
  }

  /** There is no more text. */
  async end(): Promise<Result<SessionList>> {
    if (this.phase === 'elements') this.refusal ??= 'malformed';
    if (!this.refusal && this.phase === 'tail') await this.endTail();
    else if (!this.refusal) await this.readOtherForm();
    return this.refusal ? err(REFUSED[this.refusal]) : ok(this.parser.list());
  }

  private async take(piece: string): Promise<void> {
    if (this.phase === 'elements') return this.takeElements(piece);
    this.keep(piece);
    if (this.phase !== 'opening') return;
    const head = this.pending.join('');
    const opening = OPENING.exec(head)?.[0];
    if (opening !== undefined) {
      this.phase = 'elements';
      this.drop();
      await this.takeElements(head.slice(opening.length));
    } else if (head.length > OPENING_CHARS) this.phase = 'otherForm';
  }

  private async takeElements(piece: string): Promise<void> {
    const { end, closed } = this.scan(piece);
    if (this.values > MAX_TEXT_VALUES) this.refusal = 'tooLarge';
    if (this.refusal) return;
    if (end === undefined) {
      this.keep(piece);
      return;
    }
    this.keep(piece.slice(0, end));
    if (closed) this.phase = 'tail';
    await this.readWhole();
    this.keep(piece.slice(end + 1));
  }

  /** Where the last element that is whole ends: at a comma, or at the bracket that closes the list. */
  private scan(piece: string): { readonly end: number | undefined; readonly closed: boolean } {
    // Kept in variables, which is several times faster for every character.
    let { inString, escaped, depth, valuesOfElement } = this;
    let end: number | undefined;
    let closed = false;
    for (let at = 0; at < piece.length && !closed; at += 1) {
      const code = piece.charCodeAt(at);
      if (inString) {
        if (escaped) escaped = false;
        else if (code === BACKSLASH) escaped = true;
        else if (code === QUOTE) inString = false;
      } else if (code === QUOTE) inString = true;
      else if (code === COMMA) {
        valuesOfElement += 1;
        if (depth > 0) continue;
        this.elements += 1;
        this.values += Math.min(valuesOfElement, MOST_KEPT_VALUES);
        valuesOfElement = 0;
        end = at;
      } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
        depth += 1;
        valuesOfElement += 1;
      } else if (code === CLOSE_BRACE || (code === CLOSE_BRACKET && depth > 0)) depth -= 1;
      else if (code === CLOSE_BRACKET) {
        this.elements += 1;
        end = at;
        closed = true;
      }
    }
    this.inString = inString;
    this.escaped = escaped;
    this.depth = depth;
    this.valuesOfElement = valuesOfElement;
    return { end, closed };
  }

  /** Reads the elements that are pending, all of them whole. */
  private async readWhole(): Promise<void> {
    const count = this.elements;
    if (this.parser.full) {
      this.parser.skip(count);
      this.drop();
      return;
    }
    const text = ['[', ...this.pending, ']'].join('');
    this.drop();
    if (this.phase === 'tail' && this.batches === 0 && EMPTY.test(text)) return;
    this.batches += 1;
    const read = await this.read(text);
    // Two elements between two commas, or none, is no list; `[1,]` is none for JSON either.
    if (!Array.isArray(read) || read.length !== count) this.refusal ??= 'malformed';
    else await this.add(read);
    if (!this.refusal && this.phase === 'elements') this.onRead(this.parser.list().sessions);
  }

  /** The list is closed: what may follow are other members of the object. */
  private async endTail(): Promise<void> {
    const rest = await this.read(`{"data":[]${this.pending.join('')}`);
    if (!this.refusal && (rest as { data: unknown[] }).data.length > 0) this.refusal = 'malformed';
  }

  private async readOtherForm(): Promise<void> {
    const text = this.pending.join('');
    this.drop();
    const body = (await this.read(text)) as { data?: unknown } | null | undefined;
    if (Array.isArray(body?.data)) await this.add(body.data);
    else this.refusal ??= 'malformed';
  }

  private async read(text: string): Promise<unknown> {
    const read = await inSlices(
      readJson(text, text.length <= AT_ONCE_CHARS ? AT_ONCE_CHARS : undefined),
      this.pace,
    );
    if (read.ok) return read.value;
    this.refusal = read.failure;
    return undefined;
  }

  private async add(elements: readonly unknown[]): Promise<void> {
    for (const element of elements) {
      this.parser.add(element);
      const pause = this.pace();
      if (pause) await pause;
    }
  }

  private keep(text: string): void {
    this.pending.push(text);
  }

  private drop(): void {
    this.pending = [];
    this.elements = 0;
  }
}

const [QUOTE, COMMA, OPEN_BRACKET, BACKSLASH, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [
  34, 44, 91, 92, 93, 123, 125,
];
