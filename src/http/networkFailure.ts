import { errorChain, messageOf } from '../log';
import type { Failure } from '../model/failure';

const TLS_CODE =
  /^(CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA)/;
const PROXY_ANSWER = /\bproxy\b.{0,200}?\b(407|502|503|403)\b|ERR_(TUNNEL|PROXY)_/i;

/** What a request that got no answer, or a socket that never opened, died of. */
export function networkFailure(error: unknown, doing: string): Failure {
  const detail = `${doing}: ${messageOf(error)}`;
  if (codesOf(error).some((code) => TLS_CODE.test(code)) || /net::ERR_CERT_/.test(detail)) {
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
