import { createHash, randomUUID } from 'node:crypto';
import type { RestResponse } from '../answer';
import type { Tokens } from '../tokens';
import { secretSent, type Client } from './clients';
import { oauthError, type OAuthErrorCode } from './oauthError';
import type { OAuthSettings } from './oauthOptions';
import { fingerprint, type OAuthStats } from './oauthStats';
import type { Consent, RefreshGrant, SignIns } from './signIns';

export interface TokenParts {
  settings: OAuthSettings;
  tokens: Tokens;
  signIns: SignIns;
  stats: OAuthStats;
}

type Verifier = 'none' | 'right' | 'wrong' | 'unchecked';
type Outcome =
  | { error: OAuthErrorCode; verifier?: Verifier }
  | { scope: string; accessToken: string; refreshToken: string | null; verifier?: Verifier };
type Form = Record<string, string>;

export function createTokenEndpoint({ settings, tokens, signIns, stats }: TokenParts) {
  const { accessTokenLifetimeS, refreshTokenLifetimeS, refreshTokens, refreshTokenSuffix } = settings;

  return { grant, revoke };

  function grant(form: Form): RestResponse {
    const outcome = outcomeOf(form);
    const gave =
      'error' in outcome
        ? null
        : {
            accessToken: fingerprint(outcome.accessToken),
            refreshToken: outcome.refreshToken === null ? null : fingerprint(outcome.refreshToken),
          };
    stats.tokenRequested({
      grant: form.grant_type ?? null,
      clientId: form.client_id ?? null,
      secret: secretSent(signIns.clients.find(form.client_id ?? ''), form.client_secret),
      verifier: outcome.verifier ?? 'unchecked',
      took: form.refresh_token === undefined ? null : fingerprint(form.refresh_token),
      gave,
      outcome: 'error' in outcome ? outcome.error : 'ok',
    });
    return 'error' in outcome ? oauthError(outcome.error, settings) : tokenAnswer(outcome);
  }

  function outcomeOf(form: Form): Outcome {
    if (form.grant_type === undefined || form.client_id === undefined) return { error: 'invalid_request' };
    if (!['authorization_code', 'refresh_token'].includes(form.grant_type)) {
      return { error: 'unsupported_grant_type' };
    }
    const client = clientOf(form);
    if (!client) return { error: 'invalid_client' };
    return form.grant_type === 'refresh_token' ? refresh(client, form) : exchange(client, form);
  }

  function exchange(client: Client, form: Form): Outcome {
    const consent = signIns.findCode(form.code ?? '');
    if (!consent) return { error: 'invalid_grant' };
    const verifier = verifierSent(consent, form.code_verifier);
    const fits = consent.clientId === client.id && consent.redirectUri === form.redirect_uri;
    const proven = settings.pkce === 'ignored' || verifier === 'right';
    if (!fits || !proven) return { error: 'invalid_grant', verifier };
    signIns.spendCode(form.code ?? '');
    const accessToken = issueAccessToken(consent);
    const first = { consent, signIn: randomUUID(), accessTokens: [accessToken] };
    const refreshToken = signIns.issueRefreshToken(first, refreshTokenLifetimeS, refreshTokenSuffix);
    return { scope: consent.scope, accessToken, refreshToken, verifier };
  }

  function refresh(client: Client, form: Form): Outcome {
    const taken = signIns.findRefreshToken(form.refresh_token ?? '');
    // The real server calls an unknown refresh token an invalid request.
    const refused: Outcome = { error: settings.style === 'rfc' ? 'invalid_grant' : 'invalid_request' };
    if (taken?.consent.clientId !== client.id) return refused;
    if (isSpent(taken)) {
      if (settings.reuseEndsSignIn) signIns.end(tokens, (each) => each.signIn === taken.signIn);
      return refused;
    }
    const { consent, signIn } = taken;
    const accessToken = issueAccessToken(consent);
    if (settings.refreshEndsAccess) for (const old of taken.accessTokens.splice(0)) tokens.end(old);
    if (refreshTokens === 'kept') {
      taken.accessTokens.push(accessToken);
      return { scope: consent.scope, accessToken, refreshToken: null };
    }
    if (refreshTokens === 'rotated') taken.rotatedAtMs ??= Date.now();
    const next = { consent, signIn, accessTokens: [accessToken] };
    const refreshToken = signIns.issueRefreshToken(next, refreshTokenLifetimeS, refreshTokenSuffix);
    return { scope: consent.scope, accessToken, refreshToken };
  }

  function revoke(form: Form): RestResponse {
    const { client_id: clientId = null, token = '' } = form;
    const client = clientOf(form);
    const secret = secretSent(signIns.clients.find(clientId ?? ''), form.client_secret);
    const byRefresh = signIns.findRefreshToken(token);
    const found = byRefresh ?? signIns.findAccessToken(token);
    const isOwn = client !== undefined && found?.consent.clientId === client.id;
    if (isOwn) signIns.end(tokens, (each) => each === found);
    const ended = !isOwn ? 'nothing' : byRefresh ? 'refresh' : 'access';
    stats.revoked({ clientId, secret, token: fingerprint(token), ended });
    if (clientId !== null && !client) return oauthError('invalid_client', settings);
    return { status: 200, body: {} };
  }

  /** The client, where it proved itself as far as the server wants it to. */
  function clientOf(form: Form): Client | undefined {
    const client = signIns.clients.find(form.client_id ?? '');
    const secret = secretSent(client, form.client_secret);
    if (secret === 'wrong') return undefined;
    return secret === 'none' && settings.secret === 'required' ? undefined : client;
  }

  function isSpent({ rotatedAtMs }: RefreshGrant): boolean {
    return rotatedAtMs !== undefined && Date.now() - rotatedAtMs >= settings.rotationGraceS * 1000;
  }

  function issueAccessToken({ userId }: Consent): string {
    const opaque = settings.accessTokens === 'opaque';
    const suffix = settings.accessTokenSuffix;
    return tokens.issue({ userId, lifetimeS: accessTokenLifetimeS, opaque, suffix });
  }

  function tokenAnswer(granted: Exclude<Outcome, { error: unknown }>): RestResponse {
    const { accessToken, refreshToken, scope } = granted;
    return {
      status: 200,
      body: {
        access_token: accessToken,
        ...(refreshToken === null ? {} : { refresh_token: refreshToken }),
        expires_in: 'expiresIn' in settings ? settings.expiresIn : accessTokenLifetimeS,
        token_type: 'Bearer',
        scope,
      },
      ...(settings.style === 'rfc' ? { headers: { 'cache-control': 'no-store' } } : {}),
    };
  }
}

function verifierSent({ codeChallenge }: Consent, verifier: string | undefined): Verifier {
  if (verifier === undefined) return 'none';
  return createHash('sha256').update(verifier).digest('base64url') === codeChallenge ? 'right' : 'wrong';
}
