import { err, ok, type Result } from './failure';
import { MAX_DEPTH, MAX_ELEMENTS, MAX_KEYS, MAX_TEXT_VALUES } from './limits';

export const TOO_DEEP = '[left out: nested too deeply]';

/** Text that is no JSON, or JSON of more values than `MAX_TEXT_VALUES`. */
export type JsonRefusal = 'malformed' | 'tooLarge';
export type JsonRead = Result<unknown, JsonRefusal>;

/** The envelopes around a session: the frame, its payload, `data`; the list has no more. */
const ENVELOPE_DEPTH = 8;
const RUN_CHARS = 16 * 1024;
const STRING_PIECE_CHARS = 256 * 1024;
const MAX_PRIMITIVE_CHARS = 1024;
const SPACES_AT_ONCE = 1024 * 1024;

/**
 * `JSON.parse` for a text of any size, in steps of about a millisecond; between steps it yields. Runs of small members
 * are given to `JSON.parse`; only what is larger than a run is looked into, and only so deep as a session may nest.
 */
export function* readJson(text: string, runChars = RUN_CHARS): Generator<undefined, JsonRead> {
  const reader = new Reader(text, runChars);
  try {
    if (text.length <= runChars) return ok(parsed(text));
    const value = yield* reader.value(1);
    yield* reader.skipSpace();
    return reader.at === text.length ? ok(value) : err('malformed');
  } catch (error) {
    if (error instanceof Refused) return err(error.refusal);
    throw error;
  }
}

/** Leaves the descent, however deep. */
class Refused extends Error {
  constructor(readonly refusal: JsonRefusal) {
    super(refusal);
  }
}

interface Run {
  /** Where the last whole member ends. */
  readonly end: number;
  readonly values: number;
  /** The container ends there. */
  readonly closed: boolean;
}

class Reader {
  at = 0;
  private values = 0;

  constructor(
    private readonly text: string,
    private readonly runChars: number,
  ) {}

  *value(depth: number): Generator<undefined, unknown> {
    yield* this.skipSpace();
    const opening = this.text[this.at];
    if (opening === '"') return yield* this.string();
    if (opening !== '[' && opening !== '{') return this.primitive();
    if (depth > MAX_DEPTH + ENVELOPE_DEPTH) return yield* this.skipContainer();
    return yield* this.container(opening, depth);
  }

  *skipSpace(): Generator<undefined, void> {
    for (; isSpace(this.text.charCodeAt(this.at)); this.at += 1) if (this.at % SPACES_AT_ONCE === 0) yield;
  }

  private *container(opening: '[' | '{', depth: number): Generator<undefined, unknown> {
    const closing = opening === '[' ? ']' : '}';
    const members = opening === '[' ? new Elements() : new Members();
    this.at += 1;
    for (let first = true; ; first = false) {
      yield* this.skipSpace();
      const run = this.run(this.at);
      if (run.end > this.at || run.closed) {
        const piece = this.text.slice(this.at, run.end);
        const dangling = !first && isBlank(piece);
        if (dangling || (run.closed && this.text[run.end] !== closing)) throw new Refused('malformed');
        this.count(run.values, members.takeAll(parsed(`${opening}${piece}${closing}`) as object));
        this.at = run.end + 1;
        if (run.closed) return members.whole();
      } else {
        const key = opening === '{' ? yield* this.key() : '';
        this.count(1, members.take(key, yield* this.value(depth + 1)));
        yield* this.skipSpace();
        const next = this.text[this.at];
        this.at += 1;
        if (next === closing) return members.whole();
        if (next !== ',') throw new Refused('malformed');
      }
      yield;
    }
  }

  /** The whole members from there on that fit into a run; none where the first does not. */
  private run(from: number): Run {
    const { text } = this;
    const limit = Math.min(text.length, from + this.runChars);
    let [depth, values, end, counted] = [0, 1, from, 0];
    for (let at = from; at < limit; at += 1) {
      const char = text.charCodeAt(at);
      if (char === QUOTE) {
        for (at += 1; at < limit && text.charCodeAt(at) !== QUOTE; at += 1)
          if (text.charCodeAt(at) === BACKSLASH) at += 1;
      } else if (char === COMMA) {
        values += 1;
        if (depth === 0) [end, counted] = [at, values - 1];
      } else if (char === OPEN_BRACKET || char === OPEN_BRACE) {
        depth += 1;
        values += 1;
      } else if (char === CLOSE_BRACKET || char === CLOSE_BRACE) {
        if (depth === 0) return { end: at, values, closed: true };
        depth -= 1;
      }
    }
    return { end, values: counted, closed: false };
  }

  private *key(): Generator<undefined, string> {
    yield* this.skipSpace();
    if (this.text[this.at] !== '"') throw new Refused('malformed');
    const key = yield* this.string();
    yield* this.skipSpace();
    if (this.text[this.at] !== ':') throw new Refused('malformed');
    this.at += 1;
    return key;
  }

  private *string(): Generator<undefined, string> {
    const end = endOfString(this.text, this.at + 1);
    const pieces: string[] = [];
    let escape = -1;
    for (let from = this.at + 1; from < end - 1; yield) {
      const limit = Math.min(end - 1, from + STRING_PIECE_CHARS);
      let to = from;
      while (to < limit) {
        if (escape < to) escape = this.text.indexOf('\\', to);
        if (escape < 0) escape = end;
        // An escape is not cut in two.
        to = escape < limit ? escape + (this.text[escape + 1] === 'u' ? 6 : 2) : limit;
      }
      pieces.push(parsed(`"${this.text.slice(from, to)}"`) as string);
      from = to;
    }
    this.at = end;
    return pieces.join('');
  }

  private primitive(): unknown {
    const rest = this.text.slice(this.at, this.at + MAX_PRIMITIVE_CHARS);
    const primitive = /^[^\s,\]}]*/.exec(rest)?.[0] ?? '';
    if (primitive.length === MAX_PRIMITIVE_CHARS) throw new Refused('malformed');
    this.at += primitive.length;
    return parsed(primitive);
  }

  private *skipContainer(): Generator<undefined, string> {
    const structure = /["[\]{}]/g;
    structure.lastIndex = this.at;
    let depth = 0;
    let steps = 0;
    for (let match = structure.exec(this.text); match; match = structure.exec(this.text)) {
      const [char] = match;
      if (char === '"') structure.lastIndex = endOfString(this.text, match.index + 1);
      else depth += char === '[' || char === '{' ? 1 : -1;
      if (depth === 0) {
        this.at = match.index + 1;
        return TOO_DEEP;
      }
      if (++steps % 4096 === 0) yield;
    }
    throw new Refused('malformed');
  }

  private count(values: number, kept: boolean): void {
    if (kept) this.values += values;
    if (this.values > MAX_TEXT_VALUES) throw new Refused('tooLarge');
  }
}

/** The elements of an array; those beyond the bound are holes, so that its length is true. */
class Elements {
  private readonly elements: unknown[] = [];
  private skipped = 0;

  /** Whether it was kept. */
  take(_key: string, element: unknown): boolean {
    return this.takeAll([element]);
  }

  takeAll(elements: object): boolean {
    const kept = this.elements.length < MAX_ELEMENTS;
    if (kept) for (const element of elements as unknown[]) this.elements.push(element);
    else this.skipped += (elements as unknown[]).length;
    return kept;
  }

  whole(): unknown {
    this.elements.length += this.skipped;
    return this.elements;
  }
}

/** The members of an object. */
class Members {
  private readonly object: Record<string, unknown> = {};
  private keys = 0;

  take(key: string, value: unknown): boolean {
    this.keys += 1;
    // One more than is shown tells that there are more; a dictionary of a million would stall the loop.
    if (this.keys > MAX_KEYS + 1) return false;
    // As JSON.parse does: `__proto__` is a key like any other.
    if (key !== '__proto__') this.object[key] = value;
    else
      Object.defineProperty(this.object, key, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    return true;
  }

  takeAll(members: object): boolean {
    let kept = false;
    for (const [key, value] of Object.entries(members)) kept = this.take(key, value);
    return kept;
  }

  whole(): unknown {
    return this.object;
  }
}

const [QUOTE, COMMA, OPEN_BRACKET, BACKSLASH, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [
  34, 44, 91, 92, 93, 123, 125,
];

const isSpace = (code: number): boolean => code === 32 || code === 10 || code === 13 || code === 9;
const isBlank = (text: string): boolean => /^[ \n\r\t]*$/.test(text);

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new Refused('malformed');
  }
}

/** Just behind the closing quote. */
function endOfString(text: string, from: number): number {
  for (let quote = text.indexOf('"', from); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH && quote - backslashes > from)
      backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
  throw new Refused('malformed');
}
