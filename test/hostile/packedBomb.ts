import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';

const bombs = new Map<string, Buffer>();
/** Packed so small that it is the unpacking that costs. */
export function packedBomb(kind: string, megabytes: number): Buffer {
  const key = `${kind} ${megabytes}`;
  const held = bombs.get(key);
  if (held) return held;
  const plain = Buffer.alloc(megabytes * 2 ** 20, kind === 'digits' ? '1' : ' ');
  const head = Buffer.from('{"data":[');
  const text = kind === 'spaces' ? plain : Buffer.concat([head, plain]);
  const packed =
    kind === 'brotli'
      ? brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } })
      : kind === 'deflate'
        ? deflateSync(text)
        : kind === 'twice'
          ? gzipSync(gzipSync(text))
          : gzipSync(text);
  bombs.set(key, packed);
  return packed;
}

/** By the names of `content-encoding`. */
export const PACKINGS: Readonly<Record<string, string>> = {
  brotli: 'br',
  deflate: 'deflate',
  twice: 'gzip, gzip',
};
