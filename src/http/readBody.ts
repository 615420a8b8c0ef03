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
  arrived: () => void,
): Promise<number | undefined> {
  if (!response.body) return 0;
  const decoder = new TextDecoder();
  let bytes = 0;
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    arrived();
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
