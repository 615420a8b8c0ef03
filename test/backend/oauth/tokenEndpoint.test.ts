import { afterEach, describe, expect, it, vi } from 'vitest';
import { startBackend, type Backend, type BackendOptions } from '../backend';
import { call } from '../call';
import type { OAuthOptions } from './oauthOptions';
import { fingerprint } from './oauthStats';
import {
  allowedCode,
  credentials,
  exchange,
  post,
  read,
  refresh,
  register,
  signIn,
  type Granted,
  type Registered,
} from './signIn';

let backend: Backend;

afterEach(async () => {
  vi.useRealTimers();
  await backend.stop();
});

describe('a code', () => {
  it('becomes tokens that REST takes', async () => {
    await start({ accessTokenLifetimeS: 5 });
    const { granted } = await signIn(backend);
    expect(granted).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string,
      refresh_token: expect.stringMatching(/^[\w-]{43}$/) as string,
      expires_in: 5,
      token_type: 'Bearer',
      scope: 'read write',
    });
    expect(await rest(granted)).toBe(200);
  });

  it('serves once', async () => {
    await start();
    const client = await register(backend);
    const code = await allowedCode(backend, client);
    expect((await exchange(backend, client, code)).status).toBe(200);
    expect((await exchange(backend, client, code)).status).toBe(422);
  });

  it('lives for 60 seconds', async () => {
    await start();
    const client = await register(backend);
    const [inTime, late] = [await allowedCode(backend, client), await allowedCode(backend, client)];
    pass(59);
    expect((await exchange(backend, client, inTime)).status).toBe(200);
    pass(2);
    expect((await exchange(backend, client, late)).status).toBe(422);
  });

  it('serves the client it was made for, at the address it was made for', async () => {
    await start();
    const [client, other] = [await register(backend), await register(backend)];
    const code = await allowedCode(backend, client);
    expect((await exchange(backend, other, code)).status).toBe(422);
    expect((await exchange(backend, client, code, { redirect_uri: 'vscode://else' })).status).toBe(422);
    expect((await exchange(backend, client, code)).status).toBe(200);
  });

  it.each([
    ['ignored', 200],
    ['verified', 400],
  ] as const)('with a wrong verifier or none, PKCE %s: %i', async (pkce, status) => {
    await start({ pkce, style: 'rfc' });
    const client = await register(backend);
    const wrong = await exchange(backend, client, await allowedCode(backend, client), {
      code_verifier: 'x'.repeat(43),
    });
    const form = {
      grant_type: 'authorization_code',
      redirect_uri: 'vscode://codemyspec.codemyspec/callback',
    };
    const code = await allowedCode(backend, client);
    const none = await post(backend, '/oauth/token', { ...form, ...credentials(client), code });
    const right = await exchange(backend, client, await allowedCode(backend, client));
    expect([wrong.status, none.status, right.status]).toEqual([status, status, 200]);
    const { tokenRequests } = backend.control.oauthStats();
    expect(tokenRequests.map(({ verifier }) => verifier)).toEqual(['wrong', 'none', 'right']);
  });
});

describe('access tokens', () => {
  it('are JWTs with the user id, or opaque', async () => {
    await start({ userId: 3 });
    const { granted } = await signIn(backend);
    const claims = Buffer.from(granted.access_token.split('.')[1] ?? '', 'base64url').toString();
    expect(JSON.parse(claims)).toMatchObject({ sub: '3' });
    await backend.stop();
    await start({ accessTokens: 'opaque' });
    expect((await signIn(backend)).granted.access_token).toMatch(/^[\w-]{43}$/);
  });

  it('name their user at GET /api/me where the server has it', async () => {
    await start({ userId: 3, accessTokens: 'opaque' }, { me: true });
    const { granted } = await signIn(backend);
    const me = await call(`${backend.url}/api/me`, { token: granted.access_token });
    expect(read(me)).toEqual({ id: 3, email: 'user3@example.test' });
  });

  it('run out, and are renewed', async () => {
    await start({ accessTokenLifetimeS: 5 });
    const { client, granted } = await signIn(backend);
    pass(6);
    expect(await rest(granted)).toBe(401);
    expect(await rest(await renewed(client, granted))).toBe(200);
    expect(backend.control.oauthStats().refreshes).toBe(1);
  });
});

describe('a refresh', () => {
  it.each([
    ['rotated', true, false],
    ['added', true, true],
    ['kept', false, true],
  ] as const)(
    'with refresh tokens %s: gives a new one %s, takes the old one again %s',
    async (mode, gives, takes) => {
      await start({ refreshTokens: mode });
      const { client, granted } = await signIn(backend);
      const next = await renewed(client, granted);
      expect(next.refresh_token !== undefined && next.refresh_token !== granted.refresh_token).toBe(gives);
      if (gives) expect((await refresh(backend, client, next.refresh_token)).status).toBe(200);
      expect((await refresh(backend, client, granted.refresh_token)).status).toBe(takes ? 200 : 400);
      expect(await rest(granted)).toBe(200);
    },
  );

  it('takes a rotated token within the grace, counted from its rotation', async () => {
    await start({ refreshTokens: 'rotated', rotationGraceS: 10 });
    const { client, granted } = await signIn(backend);
    await renewed(client, granted);
    pass(6);
    await renewed(client, granted);
    pass(6);
    expect((await refresh(backend, client, granted.refresh_token)).status).toBe(400);
  });

  it.each([
    [0, 400],
    [10, 200],
  ])(
    'whose reply was lost has rotated all the same; with a grace of %i s again: %i',
    async (graceS, status) => {
      await start({ refreshTokens: 'rotated', rotationGraceS: graceS });
      const { client, granted } = await signIn(backend);
      backend.control.loseTokenReply(1);
      await expect(refresh(backend, client, granted.refresh_token)).rejects.toMatchObject({
        code: 'ECONNRESET',
      });
      expect((await refresh(backend, client, granted.refresh_token)).status).toBe(status);
      expect(backend.control.oauthStats().refreshes).toBe(status === 200 ? 2 : 1);
    },
  );

  it('with a token of long ago ends the sign-in, where the server does so', async () => {
    await start({ refreshTokens: 'rotated', reuseEndsSignIn: true });
    const { client, granted } = await signIn(backend);
    const elsewhere = await signIn(backend);
    const next = await renewed(client, granted);
    expect((await refresh(backend, client, granted.refresh_token)).status).toBe(400);
    expect(await rest(next)).toBe(401);
    expect((await refresh(backend, client, next.refresh_token)).status).toBe(400);
    expect(await rest(elsewhere.granted)).toBe(200);
  });

  it('ends the access token before it, where the server does so', async () => {
    await start({ refreshEndsAccess: true });
    const { client, granted } = await signIn(backend);
    const next = await renewed(client, granted);
    expect([await rest(granted), await rest(next)]).toEqual([401, 200]);
  });

  it('is refused to another client, and after the end of the refresh token', async () => {
    await start({ refreshTokenLifetimeS: 20 });
    const { client, granted } = await signIn(backend);
    const other = await register(backend);
    expect((await refresh(backend, other, granted.refresh_token)).status).toBe(400);
    pass(21);
    expect((await refresh(backend, client, granted.refresh_token)).status).toBe(400);
  });
});

describe('the secret', () => {
  it.each([
    ['required', [200, 422, 422]],
    ['optional', [200, 200, 422]],
  ] as const)('%s: right, none and wrong answer %j', async (secret, statuses) => {
    await start({ secret });
    const { client, granted } = await signIn(backend);
    const { client_id } = client;
    const senders: Registered[] = [client, { client_id }, { client_id, client_secret: 'wrong' }];
    const answers = await inTurn(senders, async (each) => refresh(backend, each, granted.refresh_token));
    expect(answers.map(({ status }) => status)).toEqual(statuses);
    const { tokenRequests } = backend.control.oauthStats();
    expect(tokenRequests.map((each) => each.secret)).toEqual(['right', 'right', 'none', 'wrong']);
  });

  it('none is given away where none is wanted', async () => {
    await start({ secret: 'none' });
    const { client, granted } = await signIn(backend);
    expect(client).not.toHaveProperty('client_secret');
    expect(await rest(granted)).toBe(200);
  });
});

describe('errors', () => {
  const REQUESTS: [string, Record<string, string>, number, number][] = [
    ['invalid_grant', { grant_type: 'authorization_code', code: 'nonsense' }, 422, 400],
    ['invalid_client', { grant_type: 'authorization_code', client_secret: 'wrong' }, 422, 401],
    ['unsupported_grant_type', { grant_type: 'password' }, 422, 400],
  ];

  it.each(REQUESTS)(
    '%s is inside the description, or the error itself',
    async (code, form, wrapped, plain) => {
      await start();
      const answer = await post(backend, '/oauth/token', {
        ...credentials(await register(backend)),
        ...form,
      });
      expect(answer.status).toBe(wrapped);
      expect(read(answer)).toEqual({
        error: 'invalid_request',
        error_description: expect.stringMatching(
          new RegExp(`^%{error: :${code}, error_description: "[^"]+\\."}$`),
        ) as string,
      });
      await backend.stop();

      await start({ style: 'rfc' });
      const ofRfc = await post(backend, '/oauth/token', { ...credentials(await register(backend)), ...form });
      expect([ofRfc.status, read(ofRfc)]).toMatchObject([plain, { error: code }]);
    },
  );

  it('an unknown refresh token is an invalid request, or an invalid grant', async () => {
    await start();
    const recorded = await refresh(backend, await register(backend), 'nonsense');
    expect([recorded.status, recorded.text]).toEqual([400, expect.stringContaining(':invalid_request')]);
    await backend.stop();
    await start({ style: 'rfc' });
    const ofRfc = await refresh(backend, await register(backend), 'nonsense');
    expect([ofRfc.status, read(ofRfc)]).toMatchObject([400, { error: 'invalid_grant' }]);
  });
});

describe('a revocation', () => {
  it.each(['refresh_token', 'access_token'] as const)('of the %s ends both tokens', async (kind) => {
    await start();
    const { client, granted } = await signIn(backend);
    const token = granted[kind] ?? '';
    const answer = await post(backend, '/oauth/revoke', { token, ...credentials(client) });
    expect([answer.status, answer.text]).toEqual([200, '{}']);
    expect(await rest(granted)).toBe(401);
    expect((await refresh(backend, client, granted.refresh_token)).status).toBe(400);
    expect(backend.control.oauthStats().revocations).toMatchObject([
      { secret: 'right', token: fingerprint(token), ended: kind.replace('_token', '') },
    ]);
  });

  it('of an unknown or a foreign token changes nothing, and says so to nobody', async () => {
    await start();
    const { granted } = await signIn(backend);
    const other = await register(backend);
    for (const token of ['nonsense', granted.refresh_token ?? '']) {
      expect((await post(backend, '/oauth/revoke', { token, ...credentials(other) })).status).toBe(200);
    }
    expect((await post(backend, '/oauth/revoke', { token: granted.access_token })).status).toBe(200);
    expect(await rest(granted)).toBe(200);
  });

  it('by the server ends all tokens of one user', async () => {
    await start();
    const { client, granted } = await signIn(backend);
    backend.control.signInAs(2);
    const stranger = await signIn(backend);
    backend.control.revokeAll(1);
    expect([await rest(granted), await rest(stranger.granted)]).toEqual([401, 200]);
    expect((await refresh(backend, client, granted.refresh_token)).status).toBe(400);
  });
});

it('what is counted names no secret', async () => {
  await start({ refreshTokens: 'rotated' });
  const { client, granted } = await signIn(backend);
  const next = await renewed(client, granted);
  await post(backend, '/oauth/revoke', { token: next.refresh_token ?? '', ...credentials(client) });
  const stats = backend.control.oauthStats();
  expect(stats.tokenRequests).toMatchObject([
    { grant: 'authorization_code', outcome: 'ok', verifier: 'right', took: null },
    {
      grant: 'refresh_token',
      outcome: 'ok',
      verifier: 'unchecked',
      took: fingerprint(granted.refresh_token ?? ''),
      gave: {
        accessToken: fingerprint(next.access_token),
        refreshToken: fingerprint(next.refresh_token ?? ''),
      },
    },
  ]);
  const told = JSON.stringify(stats);
  const secrets = [
    client.client_secret,
    ...[granted, next].flatMap((each) => [each.access_token, each.refresh_token]),
  ];
  expect(secrets.filter((secret) => told.includes(secret ?? ''))).toEqual([]);
});

async function start(oauth: OAuthOptions = {}, options: BackendOptions = {}): Promise<void> {
  backend = await startBackend({ ...options, oauth });
}

async function rest({ access_token: token }: Granted): Promise<number> {
  return (await call(`${backend.url}/api/sessions`, { token })).status;
}

async function renewed(client: Registered, { refresh_token }: Granted): Promise<Granted> {
  const answer = await refresh(backend, client, refresh_token);
  expect(answer.status).toBe(200);
  return read(answer) as Granted;
}

/** Only the time of day moves; timers and sockets are the real ones. */
function pass(seconds: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 });
}

async function inTurn<T, R>(items: T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await run(item));
  return results;
}
