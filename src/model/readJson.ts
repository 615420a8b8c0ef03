import { MAX_DEPTH, MAX_KEYS, MAX_TEXT_VALUES } from './limits';

export const TOO_DEEP = '[left out: nested too deeply]';

/** Text that is no JSON, or JSON of more values than `MAX_TEXT_VALUES`. */
export type JsonRefusal = 'malformed' | 'tooLarge';
export type JsonRead =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly why: JsonRefusal };

/** The envelopes around a session: the frame, its payload, `data`; the list has no more. */
const ENVELOPE_DEPTH = 8;
const RUN_CHARS = 16 * 1024;
const STRING_PIECE_CHARS = 1024 * 1024;
const MAX_PRIMITIVE_CHARS = 1024;

/**
 * `JSON.parse` for a text of any size, in steps of about a millisecond; between steps it yields. Runs of small members
 * are given to `JSON.parse`; only what is larger than a run is looked into, and only so deep as a session may nest.
 */
export function* readJson(text: string, runChars = RUN_CHARS): Generator<undefined, JsonRead> {
  const reader = new Reader(text, runChars);
  try {
    if (text.length <= runChars) return { ok: true, value: parsed(text) };
    const value = yield* reader.value(1);
    reader.skipSpace();
    return reader.at === text.length ? { ok: true, value } : { ok: false, why: 'malformed' };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, why: error.why };
    throw error;
  }
}

/** Leaves the descent, however deep. */
class Refused extends Error {
  constructor(readonly why: JsonRefusal) {
    super(why);
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
    this.skipSpace();
    const opening = this.text[this.at];
    if (opening === '"') return yield* this.string();
    if (opening !== '[' && opening !== '{') return this.primitive();
    if (depth > MAX_DEPTH + ENVELOPE_DEPTH) return yield* this.skipContainer();
    return yield* this.container(opening, depth);
  }

  skipSpace(): void {
    while (isSpace(this.text.charCodeAt(this.at))) this.at += 1;
  }

  private *container(opening: '[' | '{', depth: number): Generator<undefined, unknown> {
    const closing = opening === '[' ? ']' : '}';
    const array: unknown[] = [];
    const object: Record<string, unknown> = {};
    let keys = 0;
    // One more than will be shown tells that there are more; a dictionary of a million would stall the loop.
    const keep = (key: string, member: unknown) => {
      if (keys++ <= MAX_KEYS) define(object, key, member);
    };
    this.at += 1;
    for (let first = true; ; first = false) {
      const run = this.run(this.at);
      if (run.end > this.at || run.closed) {
        const piece = this.text.slice(this.at, run.end);
        const dangling = !first && isBlank(piece);
        if (dangling || (run.closed && this.text[run.end] !== closing)) throw new Refused('malformed');
        const members = parsed(`${opening}${piece}${closing}`) as object;
        if (Array.isArray(members)) for (const member of members as unknown[]) array.push(member);
        else for (const [key, member] of Object.entries(members)) keep(key, member);
        this.count(run.values);
        this.at = run.end + 1;
        if (run.closed) return opening === '[' ? array : object;
      } else {
        const key = opening === '{' ? yield* this.key() : '';
        const member = yield* this.value(depth + 1);
        this.count(1);
        if (opening === '[') array.push(member);
        else keep(key, member);
        this.skipSpace();
        const next = this.text[this.at];
        this.at += 1;
        if (next === closing) return opening === '[' ? array : object;
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
    this.skipSpace();
    if (this.text[this.at] !== '"') throw new Refused('malformed');
    const key = yield* this.string();
    this.skipSpace();
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

  private count(values: number): void {
    this.values += values;
    if (this.values > MAX_TEXT_VALUES) throw new Refused('tooLarge');
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

/** As `JSON.parse` does: `__proto__` is a key like any other. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
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
