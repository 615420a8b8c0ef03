import { afterEach, describe, expect, it } from 'vitest';
import { startBackend, type Backend, type BackendOptions } from '../backend';
import { call } from '../call';
import { answerConsent, openConsent } from './answerConsent';
import type { OAuthOptions } from './oauthOptions';
import { authorizeUrl, exchange, read, register, signIn } from './signIn';

/** What a server of bad intent, or a broken one, can be made to say. */

const backends: Backend[] = [];

afterEach(async () => {
  for (const backend of backends.splice(0)) await backend.stop();
});

describe('the issuer in the answer', () => {
  it.each(['Allow', 'Deny'] as const)('[X6] is missing by default from %s and metadata', async (answer) => {
    expect(await issOf({}, answer)).toEqual({ iss: null, promised: undefined });
  });

  it.each(['Allow', 'Deny'] as const)(
    '[X6] is the server’s own, or a foreign one, with %s',
    async (answer) => {
      const own = await issOf({ iss: 'own', promisesIss: true }, answer);
      expect(own).toEqual({ iss: backends[0]?.url, promised: true });
      const named = await issOf({ iss: 'own', issuer: 'https://named.test' }, answer);
      expect(named).toEqual({ iss: 'https://named.test', promised: undefined });
      const foreign = await issOf({ iss: 'https://elsewhere.test', promisesIss: true }, answer);
      expect(foreign).toEqual({ iss: 'https://elsewhere.test', promised: true });
    },
  );

  it('[X6] can be promised and yet be missing', async () => {
    expect(await issOf({ promisesIss: true }, 'Allow')).toEqual({ iss: null, promised: true });
  });
});

describe('a mix-up', () => {
  it('[X6] leads to the consent page of the honest server, whose code the other one could take', async () => {
    const honest = await start({ iss: 'own', promisesIss: true });
    const attacker = await start({ mixUpWith: honest.url }, { resume: honest });
    const client = await register(attacker);
    const { status, headers } = await openConsent(authorizeUrl(attacker, client));
    expect([status, headers.location]).toEqual([302, authorizeUrl(honest, client)]);
    const back = new URL(await answerConsent(headers.location ?? '', 'Allow'));
    expect(back.searchParams.get('iss')).toBe(honest.url);
    expect((await exchange(attacker, client, back.searchParams.get('code') ?? '')).status).toBe(200);
    expect(attacker.control.oauthStats().tokenRequests).toMatchObject([{ outcome: 'ok', verifier: 'right' }]);
  });
});

describe('a token answer', () => {
  it.each([[1e308], [-1], [0], ['x'], [null], [{}], [undefined]])(
    'names a lifetime of %s',
    async (expiresIn) => {
      const { granted } = await signIn(await start({ expiresIn }));
      expect(granted.expires_in).toEqual(expiresIn);
    },
  );

  it.each(['\n', '\r\nx-injected: 1', ' ', '"', '\u0000', 'ü', '\u202e', '😀'])(
    'ends its tokens with %j',
    async (suffix) => {
      const backend = await start({ accessTokenSuffix: suffix, refreshTokenSuffix: suffix });
      const { granted } = await signIn(backend);
      expect(granted.access_token.endsWith(suffix) && granted.refresh_token?.endsWith(suffix)).toBe(true);
      expect(backend.tokens.check(granted.access_token).verdict).toBe('valid');
    },
  );
});

async function start(oauth: OAuthOptions, options: BackendOptions = {}): Promise<Backend> {
  const backend = await startBackend({ ...options, oauth });
  backends.push(backend);
  return backend;
}

async function issOf(oauth: OAuthOptions, answer: 'Allow' | 'Deny') {
  const backend = await start(oauth);
  const found = read(await call(`${backend.url}/.well-known/oauth-authorization-server`));
  const location = await answerConsent(authorizeUrl(backend, await register(backend)), answer);
  return {
    iss: new URL(location).searchParams.get('iss'),
    promised: (found as Record<string, unknown>).authorization_response_iss_parameter_supported,
  };
}
