import { startBackend, type BackendOptions } from '../backend/backend';

/** A server with sessions and a token; `stops` ends it. */
export async function startServer(stops: (() => unknown)[], options: BackendOptions = {}, sessions = 2) {
  const backend = await startBackend(options);
  stops.push(() => backend.stop());
  backend.control.bulk(sessions);
  const { url, control } = backend;
  return { backend, url, control, token: backend.issueToken() };
}
