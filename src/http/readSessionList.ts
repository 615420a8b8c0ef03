import { breathe, SLICE_MS } from '../slices';
import { parseSession, parseSessionList, type SessionList, type SessionUpdate } from '../model/parseSession';

/** Smaller bodies are read at once: a few milliseconds. */
const AT_ONCE_CHARS = 256 * 1024;
const BATCH_CHARS = 64 * 1024;
/** Reads `{data: [session]}` of any size, a slice at a time; undefined where it is no list. */
export async function readSessionList(text: string): Promise<SessionList | undefined> {
  const opening = /^\s*\{\s*"data"\s*:\s*\[/.exec(text)?.[0];
  if (text.length < AT_ONCE_CHARS || opening === undefined) return parseSessionList(parse(text));
  const sessions: SessionUpdate[] = [];
  let garbled = 0;
  let since = performance.now();
  for (const batch of batches(text, opening.length)) {
    const list = batch === undefined ? undefined : parse(`[${batch}]`);
    if (!Array.isArray(list)) return parseSessionList(parse(text));
    for (const element of list as unknown[]) {
      const session = parseSession(element);
      if (session) sessions.push(session);
      else garbled += 1;
    }
    if (performance.now() - since > SLICE_MS) {
      await breathe();
      since = performance.now();
    }
  }
  return { sessions, garbled };
}

/** Runs of whole elements of the array that begins at `from`; undefined where the text is not of that form. */
function* batches(text: string, from: number): Generator<string | undefined> {
  const structure = /["{}[\]]/g;
  structure.lastIndex = from;
  let depth = 0;
  let begin = from;
  let end = from;
  for (let match = structure.exec(text); match; match = structure.exec(text)) {
    const at = match.index;
    const char = match[0];
    if (char === '"') {
      structure.lastIndex = endOfString(text, at + 1);
    } else if (char === '{' || char === '[') {
      depth += 1;
    } else if (depth === 0) {
      yield text.slice(begin, at);
      if (!/^\]\s*\}\s*$/.test(text.slice(at))) yield undefined;
      return;
    } else if (--depth === 0) {
      end = at + 1;
      if (end - begin < BATCH_CHARS) continue;
      yield text.slice(begin, end);
      begin = text.indexOf(',', end) + 1 || end;
      if (text.slice(end, begin - 1).trim() !== '') begin = end;
    }
  }
  yield undefined;
}

function endOfString(text: string, from: number): number {
  for (let quote = text.indexOf('"', from); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return text.length;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
