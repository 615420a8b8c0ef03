import { randomUUID } from 'node:crypto';
import type { Answer } from '../answer';
import type { World } from '../world';
import { consentPage, refusalPage } from './consentPage';
import type { OAuthStats } from './oauthStats';
import type { Consent, SignIns } from './signIns';

export const SCOPES = ['read', 'write'];
const S256_CHALLENGE = /^[\w-]{43}$/;

interface Pending {
  consent: Consent;
  state: string;
  settle: (outcome: string) => void;
}

export interface AuthorizeParts {
  world: World;
  signIns: SignIns;
  stats: OAuthStats;
  signedInUserId: () => number;
}

export function createAuthorizeEndpoint({ world, signIns, stats, signedInUserId }: AuthorizeParts) {
  const pending = new Map<string, Pending>();

  return { ask, decide };

  /** Shows the page with the question, once everything about the request is in order. */
  function ask(query: URLSearchParams): Answer {
    const settle = stats.authorizing({
      clientId: query.get('client_id'),
      redirectUri: query.get('redirect_uri'),
      scope: query.get('scope'),
      state: query.get('state'),
      codeChallenge: query.get('code_challenge'),
      outcome: 'shown',
    });
    const client = signIns.clients.find(query.get('client_id') ?? '');
    const redirectUri = query.get('redirect_uri') ?? '';
    const state = query.get('state') ?? '';
    if (!client || !client.redirectUris.includes(redirectUri)) {
      settle(client ? 'invalid_redirect_uri' : 'invalid_client');
      return refusalPage(
        client
          ? 'The address that the answer should go to is not one that the program registered.'
          : 'The program that asks is not registered with this server.',
      );
    }
    const error = problem(query);
    if (error !== undefined) {
      settle(error);
      return redirect(redirectUri, { error, state });
    }
    const scopes = scopesOf(query);
    const consent: Consent = {
      clientId: client.id,
      userId: signedInUserId(),
      redirectUri,
      scope: scopes.join(' '),
      codeChallenge: query.get('code_challenge') ?? '',
    };
    const consentId = randomUUID();
    pending.set(consentId, { consent, state, settle });
    const userEmail = world.user(consent.userId).email;
    return consentPage({ client, userEmail, redirectUri, scopes, consentId });
  }

  /** Takes the answer of the page, once. */
  function decide(form: Record<string, string>): Answer {
    const asked = pending.get(form.consent ?? '');
    if (!asked || !['allow', 'deny'].includes(form.decision ?? '')) {
      return refusalPage('This question was answered before, or was never asked.');
    }
    pending.delete(form.consent ?? '');
    const { consent, state, settle } = asked;
    settle(form.decision === 'allow' ? 'allowed' : 'denied');
    const answer =
      form.decision === 'allow' ? { code: signIns.issueCode(consent) } : { error: 'access_denied' };
    return redirect(consent.redirectUri, { ...answer, state });
  }
}

function problem(query: URLSearchParams): string | undefined {
  if (query.get('response_type') !== 'code') return 'unsupported_response_type';
  if (!scopesOf(query).every((scope) => SCOPES.includes(scope))) return 'invalid_scope';
  if (!query.get('state')) return 'invalid_request';
  const isS256 = query.get('code_challenge_method') === 'S256';
  return isS256 && S256_CHALLENGE.test(query.get('code_challenge') ?? '') ? undefined : 'invalid_request';
}

function scopesOf(query: URLSearchParams): string[] {
  const asked = (query.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
  return asked.length > 0 ? asked : SCOPES;
}

/** The address stays as it was registered, letter by letter. */
function redirect(uri: string, params: Record<string, string>): Answer {
  const query = new URLSearchParams(Object.entries(params).filter(([, value]) => value !== ''));
  const location = `${uri}${uri.includes('?') ? '&' : '?'}${query.toString()}`;
  return { status: 303, body: '', headers: { location, 'cache-control': 'no-store' } };
}
