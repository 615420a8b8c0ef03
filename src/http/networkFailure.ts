import { errorChain, messageOf } from '../log';
import type { Failure } from '../model/failure';

const TLS_CODE =
  /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA)/;
/** What arrived is no HTTP, no WebSocket, or not packed as it says. */
const UNREADABLE_CODE = /^(HPE_|WS_ERR_|Z_|ERR__ERROR_FORMAT|UND_ERR_HEADERS_OVERFLOW$)/;
const TOO_LARGE_CODES: ReadonlySet<string> = new Set([
  'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
  'WS_ERR_TOO_MANY_BUFFERED_PARTS',
]);
const PROXY_ANSWER = /\bproxy\b.{0,200}?\b(407|502|503|403)\b|ERR_(TUNNEL|PROXY)_/i;

/** What a request that got no answer, or a socket that never opened, died of. */
export function networkFailure(error: unknown, doing: string): Failure {
  const detail = `${doing}: ${messageOf(error)}`;
  const codes = codesOf(error);
  if (codes.some((code) => TOO_LARGE_CODES.has(code))) return { kind: 'tooLarge', detail };
  if (codes.some((code) => UNREADABLE_CODE.test(code))) return { kind: 'unreadable', detail };
  if (codes.some((code) => TLS_CODE.test(code)) || /net::ERR_CERT_/.test(detail)) {
    return { kind: 'tlsRefused', detail };
  }
  if (PROXY_ANSWER.test(detail)) return { kind: 'proxyRefused', detail };
  return { kind: 'unreachable', detail };
}

function codesOf(error: unknown): string[] {
  return errorChain(error)
    .map((each) => (each as NodeJS.ErrnoException | null | undefined)?.code)
    .filter((code) => typeof code === 'string');
}
