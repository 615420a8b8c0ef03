import { randomUUID } from 'node:crypto';
import type { RestResponse } from '../answer';
import type { World } from '../world';
import { OUT_OF_BAND, registeredUri, type Client } from './clients';
import { consentPage, refusalPage } from './consentPage';
import type { OAuthSettings } from './oauthOptions';
import type { OAuthStats } from './oauthStats';
import type { Consent, SignIns } from './signIns';

export const SCOPES = ['read', 'write'];
const S256_CHALLENGE = /^[\w-]{43}$/;
const FOREIGN_URI = 'The address that the answer should go to is not one that the program registered.';

interface Pending {
  client: Client;
  consent: Consent;
  state: string;
  settle: (outcome: string) => void;
}

export interface AuthorizeParts {
  world: World;
  signIns: SignIns;
  stats: OAuthStats;
  settings: OAuthSettings;
  signedInUserId: () => number;
}

export function createAuthorizeEndpoint(parts: AuthorizeParts) {
  const { world, signIns, stats, settings, signedInUserId } = parts;
  const pending = new Map<string, Pending>();

  return { ask, decide };

  /** Shows the page with the question, once everything about the request is in order. */
  function ask(query: URLSearchParams, issuer: string): RestResponse {
    const requested = query.get('redirect_uri');
    const settle = stats.authorizing({
      clientId: query.get('client_id'),
      redirectUri: requested,
      scope: query.get('scope'),
      state: query.get('state'),
      codeChallenge: query.get('code_challenge'),
      outcome: 'shown',
    });
    if (settings.mixUpWith !== undefined) {
      settle('sent_elsewhere');
      const location = `${settings.mixUpWith}/oauth/authorize?${query.toString()}`;
      return { status: 302, body: '', headers: { location } };
    }
    const client = signIns.clients.find(query.get('client_id') ?? '');
    const redirectUri = client && registeredUri(client, requested ?? '');
    if (!client || redirectUri === undefined) {
      settle(client ? 'invalid_redirect_uri' : 'invalid_client');
      return refusalPage(client ? FOREIGN_URI : 'The program that asks is not registered with this server.');
    }
    const state = query.get('state') ?? '';
    const error = problem(query);
    if (error !== undefined) {
      settle(error);
      return answerTo(redirectUri, { error, state }, issuer);
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
    pending.set(consentId, { client, consent, state, settle });
    const userEmail = world.user(consent.userId).email;
    return consentPage({ client, userEmail, redirectUri, scopes, consentId });
  }

  /** Takes the answer of the page, once; it goes to the URI that the page posted. */
  function decide(form: Record<string, string>, issuer: string): RestResponse {
    const asked = pending.get(form.consent ?? '');
    if (!asked || !['allow', 'deny'].includes(form.decision ?? '')) {
      return refusalPage('This question was answered before, or was never asked.', 400);
    }
    pending.delete(form.consent ?? '');
    const { client, state, settle } = asked;
    const redirectUri = client.redirectUris.find((registered) => registered === form.redirect_uri);
    if (redirectUri === undefined) {
      settle('invalid_redirect_uri');
      return refusalPage(FOREIGN_URI);
    }
    settle(form.decision === 'allow' ? 'allowed' : 'denied');
    const code = form.decision === 'allow' && signIns.issueCode({ ...asked.consent, redirectUri });
    return answerTo(redirectUri, code ? { code, state } : { error: 'access_denied', state }, issuer);
  }

  /** The address stays as it was registered, letter by letter. */
  function answerTo(uri: string, answer: Record<string, string>, issuer: string): RestResponse {
    if (uri === OUT_OF_BAND) return shown(answer);
    const iss = settings.iss === 'own' ? issuer : (settings.iss ?? '');
    const params = Object.entries({ ...answer, iss }).filter(([, value]) => value !== '');
    const location = `${uri}?${new URLSearchParams(params).toString()}`;
    return { status: 303, body: '', headers: { location, 'cache-control': 'no-store' } };
  }
}

function shown({ code, error }: Record<string, string>): RestResponse {
  if (code === undefined) return refusalPage(`The server says ${error}.`, 401);
  return { status: 200, body: { code }, headers: { 'cache-control': 'no-store' } };
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
