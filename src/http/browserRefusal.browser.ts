import type { RefusesBrowser } from './browserRefusal';

const LOOK_TIMEOUT_MS = 5_000;

/**
 * An opaque answer shows that somebody is there, and a second request, which wants leave for a token and bears none,
 * that it was not only away for a moment.
 */
export const refusesBrowser: RefusesBrowser = async (fetchImpl, url, signal) => {
  const within = AbortSignal.any([signal, AbortSignal.timeout(LOOK_TIMEOUT_MS)]);
  const isAnswered = (init: RequestInit) =>
    fetchImpl(url, { credentials: 'omit', signal: within, ...init }).then(
      ({ body }) => {
        void body?.cancel().catch(() => {});
        return true;
      },
      () => false,
    );
  if (!(await isAnswered({ mode: 'no-cors' }))) return false;
  const isLetIn = await isAnswered({ headers: { authorization: 'Bearer' }, redirect: 'manual' });
  return !isLetIn && !within.aborted;
};
