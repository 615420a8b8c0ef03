import type { RestClient } from '../http/restClient';
import { getMe, listSessions, type Me } from '../http/sessions';
import { isRefusal, type Failure } from '../model/failure';
import type { Secret } from '../model/secret';

export type TokenCheck =
  | { readonly outcome: 'accepted'; readonly me: Me | undefined }
  /** The server says no, or is no CodeMySpec server. */
  | { readonly outcome: 'refused'; readonly failure: Failure }
  /** Nobody could say. */
  | { readonly outcome: 'unchecked'; readonly failure: Failure };

/** Asks the server whether it takes this token; servers without `GET /api/me` are asked for the sessions. */
export async function checkToken(rest: RestClient, token: Secret, signal: AbortSignal): Promise<TokenCheck> {
  const me = await getMe(rest, token, signal);
  if (me.ok && me.value) return { outcome: 'accepted', me: me.value };
  if (!me.ok && me.failure.kind !== 'serverError') return verdict(me.failure);
  const list = await listSessions(rest, token, signal);
  if (list.ok) return { outcome: 'accepted', me: undefined };
  const { kind, detail } = list.failure;
  return verdict(kind === 'noFallback' ? { kind: 'incompatible', detail } : list.failure);
}

function verdict(failure: Failure): TokenCheck {
  const refused = failure.kind === 'unauthorized' || failure.kind === 'noFallback' || isRefusal(failure);
  return { outcome: refused ? 'refused' : 'unchecked', failure };
}
