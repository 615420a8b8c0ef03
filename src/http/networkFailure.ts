import { errorChain, messageOf } from '../log';
import type { Failure, FailureKind } from '../model/failure';

const CERTIFICATE_CODE =
  /^(CERT_|ERR_TLS_CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA)/;
const OTHER_TLS_CODE = /^ERR_(TLS|SSL)_/;
/** What arrived is no HTTP, no WebSocket, or not packed as it says. */
const UNREADABLE_CODE = /^(HPE_|WS_ERR_|Z_|ERR__ERROR_FORMAT|UND_ERR_HEADERS_OVERFLOW$)/;
const TOO_LARGE_CODES: ReadonlySet<string> = new Set([
  'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
  'WS_ERR_TOO_MANY_BUFFERED_PARTS',
]);
const PROXY_ANSWER = /\bproxy\b.{0,200}?\b(407|502|503|403)\b|ERR_(TUNNEL|PROXY)_/i;

/** What a request that got no answer, or a socket that never opened, died of. */
export function networkFailure(error: unknown, doing: string): Failure {
  const failure = { kind: kindOf(error), detail: `${doing}: ${messageOf(error)}` };
  const isUnsent = failure.kind === 'proxyRefused' || neverConnected(error);
  return isUnsent ? { ...failure, unsent: true } : failure;
}

function kindOf(error: unknown): FailureKind {
  const [message, codes] = [messageOf(error), codesOf(error)];
  if (codes.some((code) => TOO_LARGE_CODES.has(code))) return 'tooLarge';
  if (codes.some((code) => UNREADABLE_CODE.test(code))) return 'unreadable';
  const isTls = codes.some((code) => CERTIFICATE_CODE.test(code) || OTHER_TLS_CODE.test(code));
  if (isTls || /net::ERR_CERT_/.test(message)) return 'tlsRefused';
  return PROXY_ANSWER.test(message) ? 'proxyRefused' : 'unreachable';
}

/** Codes of connections that never came to be; others say so by the system call. */
const UNCONNECTED_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function neverConnected(error: unknown): boolean {
  return (
    codesOf(error).some((code) => UNCONNECTED_CODES.has(code) || CERTIFICATE_CODE.test(code)) ||
    errorChain(error).some((each) => (each as NodeJS.ErrnoException | undefined)?.syscall === 'connect') ||
    /net::ERR_(CONNECTION_REFUSED|NAME_NOT_RESOLVED|INTERNET_DISCONNECTED|CERT_)/.test(messageOf(error))
  );
}

function codesOf(error: unknown): string[] {
  return errorChain(error)
    .map((each) => (each as NodeJS.ErrnoException | null | undefined)?.code)
    .filter((code) => typeof code === 'string');
}
