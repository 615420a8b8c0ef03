import type { Secret } from './secret';

/** The user id in a JWT's `sub`; undefined for opaque tokens. The signature is the server's business. */
export function userIdOfToken(token: Secret): string | undefined {
  const payload = token.reveal().split('.')[1];
  if (!payload) return undefined;
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    const sub = (claims as { sub?: unknown } | null)?.sub;
    return (typeof sub === 'string' || typeof sub === 'number') && /^[\w-]{1,256}$/.test(String(sub))
      ? String(sub)
      : undefined;
  } catch {
    return undefined;
  }
}
