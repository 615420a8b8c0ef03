import { MAX_SMALL_TEXT_BYTES } from '../model/limits';

/** Takes a body as it arrives. */
export interface TextReader {
  /** Resolves when it has room for more; false where no more is wanted. */
  push(text: string): Promise<boolean>;
}

/** The number of bytes, decompressed; undefined where there are more than are taken. */
export async function readBody(
  response: Response,
  into: TextReader,
  maxBytes: number,
  heard: () => void = () => {},
): Promise<number | undefined> {
  if (!response.body) return 0;
  const decoder = new TextDecoder();
  let bytes = 0;
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    heard();
    bytes += value.byteLength;
    const tooMany = bytes > maxBytes;
    if (tooMany || !(await into.push(decoder.decode(value, { stream: true })))) {
      await reader.cancel();
      return tooMany ? undefined : bytes;
    }
  }
  await into.push(decoder.decode());
  return bytes;
}

/** The text of an answer that a few lines would do for; undefined where it is larger than that. */
export async function readSmallText(response: Response): Promise<string | undefined> {
  const parts: string[] = [];
  const collector = { push: (part: string) => Promise.resolve(parts.push(part) > 0) };
  const bytes = await readBody(response, collector, MAX_SMALL_TEXT_BYTES);
  return bytes === undefined ? undefined : parts.join('');
}
