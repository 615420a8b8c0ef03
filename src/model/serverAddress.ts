import { ok, err, type Result } from './failure';
import { plainText } from './plainText';

/** Where a CodeMySpec server is. */
export interface ServerAddress {
  /** Without a trailing slash; what tokens and clients are bound to. */
  readonly base: string;
  readonly origin: string;
  /** Plain http: a loopback address, at which any program may listen. */
  readonly isPlain: boolean;
  /** For phoenix's Socket, which appends `/websocket` itself. */
  readonly socket: string;
}

/** Other names of this machine are asked of DNS, and its other addresses go through a proxy. */
const LOOPBACK_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

export function isLoopbackHost(hostname: string): boolean {
  return LOOPBACK_HOSTS.has(hostname);
}

/** Reads a server address as typed. Plain http is refused but to this machine. */
export function parseServerAddress(typed: string): Result<ServerAddress> {
  const url = tryUrl(typed.trim());
  if (!url || !/^(http|ws)s?:$/.test(url.protocol) || !url.hostname) {
    return err({ kind: 'invalidAddress', detail: 'the address is not a http or https URL' });
  }
  if (url.username || url.password) {
    return err({
      kind: 'credentialsInAddress',
      detail: 'the address must not contain a user name or password',
    });
  }
  const secure = url.protocol === 'https:' || url.protocol === 'wss:';
  if (!secure && !isLoopbackHost(url.hostname)) {
    return err({
      kind: 'insecureAddress',
      detail: `plain http to ${url.host} would send the token unencrypted`,
    });
  }
  const rest = `${url.host}${url.pathname.replace(/(?<!\/)\/+$/, '')}`;
  return ok({
    base: `${secure ? 'https' : 'http'}://${rest}`,
    origin: `${secure ? 'https' : 'http'}://${url.host}`,
    isPlain: !secure,
    socket: `${secure ? 'wss' : 'ws'}://${rest}/socket`,
  });
}

/** How users know the server: its host and port, or the text as typed where it names none. */
export function serverName(typed: string): string {
  return tryUrl(typed.trim())?.host || plainText(typed, 60);
}

function tryUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** What is kept of a server is kept under its base address, however that is written; where it is none, the text as typed. */
export function serverOf(serverUrl: string): string {
  const address = parseServerAddress(serverUrl);
  return address.ok ? address.value.base : serverUrl;
}
