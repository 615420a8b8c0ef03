import { expect, it } from 'vitest';
import { fetchToken } from '../../../src/actors/fetchToken';
import { ok, err, type Result, type Failure, type FailureKind } from '../../../src/model/failure';
import { Secret } from '../../../src/model/secret';
import { parseServerAddress, type ServerAddress } from '../../../src/model/serverAddress';
import type { Granted, TokenSource } from '../../../src/model/tokenSource';

const ADDRESS = valueOf(parseServerAddress('https://server.example'));
const TOKEN = new Secret('token-1');

/** Everything is well unless told otherwise; `calls` is what was asked, in order. */
function start(more: {
  address?: Result<ServerAddress>;
  prepared?: Result<unknown>;
  proven?: Result<true>;
  token?: Result<Granted | undefined>;
  isSignedIn?: boolean;
}) {
  const calls: unknown[] = [];
  const noted = <T>(call: unknown, answer: T): Promise<T> => {
    calls.push(call);
    return Promise.resolve(answer);
  };
  const tokens: TokenSource = {
    get: (request) => noted(request, more.token ?? ok({ token: TOKEN })),
    ...(more.isSignedIn !== undefined && { isSignedIn: () => Promise.resolve(more.isSignedIn!) }),
  };
  const fetch = fetchToken({
    address: () => more.address ?? ok(ADDRESS),
    prepare: () => noted('prepare', more.prepared ?? ok(undefined)),
    proof: { of: (address) => noted(['proof', address], more.proven ?? ok(true)), clear: () => {} },
    tokens,
  });
  return { fetch: (renew = false) => fetch({ renew }), calls };
}

it('[C1][X8] a token is asked for once the address is read, the channel is loaded and the server is proven', async () => {
  const { fetch, calls } = start({});
  expect(await fetch()).toEqual({ type: 'token.granted', token: TOKEN });
  expect(calls).toEqual(['prepare', ['proof', ADDRESS], { address: ADDRESS, renew: false }]);
});

it('[C11] one that was refused is asked for anew', async () => {
  const { fetch, calls } = start({});
  await fetch(true);
  expect(calls.at(-1)).toEqual({ address: ADDRESS, renew: true });
});

it.each<[FailureKind, string]>([
  ['insecureAddress', 'server.refused'],
  ['invalidAddress', 'server.refused'],
])('[X2][X3] an address that is %s is refused before anything is asked', async (kind, type) => {
  const failure = failureOf(kind);
  const { fetch, calls } = start({ address: err(failure) });
  expect([await fetch(), calls]).toEqual([{ type, failure }, []]);
});

it.each<[boolean | undefined, string]>([
  [true, 'token.unreachable'],
  [undefined, 'server.refused'],
])('[C17] what is no CodeMySpec server, signed in there: %s, is %s', async (isSignedIn, type) => {
  const failure = failureOf('notCodeMySpec');
  const { fetch } = start({ token: err(failure), ...(isSignedIn !== undefined && { isSignedIn }) });
  expect(await fetch()).toEqual({ type, failure });
});

it('[C16] a part of the extension that cannot be loaded means another attempt', async () => {
  const failure = failureOf('incompleteInstall');
  const { fetch, calls } = start({ prepared: err(failure) });
  expect([await fetch(), calls]).toEqual([{ type: 'token.unreachable', failure }, ['prepare']]);
});

it.each<[FailureKind, string]>([
  ['notCodeMySpec', 'server.refused'],
  ['unreachable', 'token.unreachable'],
])('[X8] a server whose proof ends %s is sent no token', async (kind, type) => {
  const failure = failureOf(kind);
  const { fetch, calls } = start({ proven: err(failure) });
  expect([await fetch(), calls]).toEqual([{ type, failure }, ['prepare', ['proof', ADDRESS]]]);
});

it.each<[FailureKind, string]>([
  ['signInEnded', 'token.missing'],
  ['signInChanged', 'token.missing'],
  ['accountUnreadable', 'token.missing'],
  ['incompatible', 'server.refused'],
  ['timeout', 'token.unreachable'],
  ['storageUnavailable', 'token.unreachable'],
])('[C12][A6] a token that ends %s is told as %s', async (kind, type) => {
  const failure = failureOf(kind);
  expect(await start({ token: err(failure) }).fetch()).toEqual({ type, failure });
});

it('[C12] nobody signed in is no failure', async () => {
  expect(await start({ token: ok(undefined) }).fetch()).toEqual({ type: 'token.missing' });
});

it('[C12][X8] before somebody has signed in, nothing is sent to the server', async () => {
  const nobody = start({ isSignedIn: false });
  expect([await nobody.fetch(), nobody.calls]).toEqual([{ type: 'token.missing' }, []]);
  const somebody = start({ isSignedIn: true });
  expect(await somebody.fetch()).toEqual({ type: 'token.granted', token: TOKEN });
});

it('[C22][C26] when to renew and whose it is come with it; where nobody says whose, its own claim does', async () => {
  const jwt = new Secret(`x.${btoa('{"sub":"7"}')}.y`);
  const granted = async (grant: Granted) => start({ token: ok(grant) }).fetch();
  expect(await granted({ token: jwt, renewInMs: 60_000, accountId: 'A' })).toEqual({
    ...{ type: 'token.granted', token: jwt, renewInMs: 60_000, accountId: 'A', userId: '7' },
  });
  expect(await granted({ token: jwt })).toEqual({
    ...{ type: 'token.granted', token: jwt, accountId: '7', userId: '7' },
  });
  const opaque = new Secret('opaque');
  expect(await granted({ token: opaque })).toStrictEqual({ type: 'token.granted', token: opaque });
});

const failureOf = (kind: FailureKind): Failure => ({ kind, detail: `${kind} in a test` });

function valueOf<T>(answer: Result<T>): T {
  if (!answer.ok) throw new Error(answer.failure.detail);
  return answer.value;
}
