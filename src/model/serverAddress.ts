import { answered, failed, type Answer } from './failure';

/** The base address of a CodeMySpec server, without a trailing slash; `origin` is what tokens are bound to. */
export interface ServerAddress {
  readonly base: string;
  readonly origin: string;
  /** For phoenix's Socket, which appends `/websocket` itself. */
  readonly socket: string;
}

const LOOPBACK = /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Reads a server address as typed. Plain http is refused but to this machine. */
export function parseServerAddress(typed: string): Answer<ServerAddress> {
  const url = tryUrl(typed.trim());
  if (!url || !/^(http|ws)s?:$/.test(url.protocol) || !url.hostname) {
    return failed({ kind: 'invalidAddress', detail: 'the address is not a http or https URL' });
  }
  if (url.username || url.password) {
    return failed({ kind: 'invalidAddress', detail: 'the address must not contain a user name or password' });
  }
  const secure = url.protocol === 'https:' || url.protocol === 'wss:';
  if (!secure && !LOOPBACK.test(url.hostname)) {
    return failed({
      kind: 'insecureAddress',
      detail: `plain http to ${url.host} would send the token unencrypted`,
    });
  }
  const rest = `${url.host}${url.pathname.replace(/(?<!\/)\/+$/, '')}`;
  return answered({
    base: `${secure ? 'https' : 'http'}://${rest}`,
    origin: `${secure ? 'https' : 'http'}://${url.host}`,
    socket: `${secure ? 'wss' : 'ws'}://${rest}/socket`,
  });
}

function tryUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
