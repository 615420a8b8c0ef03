import type { Secret } from './secret';

/** The user id in a JWT's `sub`; undefined for opaque tokens. The signature is the server's business. */
export function userIdOfToken(token: Secret): string | undefined {
  const payload = token.reveal().split('.')[1];
  if (!payload) return undefined;
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    const sub = (claims as { sub?: unknown } | null)?.sub;
    return asUserId(sub);
  } catch {
    return undefined;
  }
}

/** A user id that a topic can carry: letters, digits, `-` and `_`. */
export function asUserId(value: unknown): string | undefined {
  const text = Number.isSafeInteger(value) ? String(value) : value;
  return typeof text === 'string' && /^[\w-]{1,256}$/.test(text) ? text : undefined;
}
