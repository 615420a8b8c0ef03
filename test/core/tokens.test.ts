import { afterEach, expect, it, vi } from 'vitest';
import type { TokenSource } from '../../src/model/tokenSource';
import { ok, err, type Failure } from '../../src/model/failure';
import { Secret } from '../../src/model/secret';
import { startFaultyCore, type FaultyCore } from './faultyCore';

let faulty: FaultyCore | undefined;
afterEach(async () => {
  await faulty?.stop();
  faulty = undefined;
});

it('[A3][A4] every way to a socket sends the token that was granted for it', async () => {
  const { core, liveAgain, control, proxy, granted } = await start();
  await liveAgain(() => control.dropSockets());
  await liveAgain(() => control.crashChannel());
  await liveAgain(() => core.send('reconnect'));
  await liveAgain(() => proxy.inject({ kind: 'reset' })());
  proxy.inject({ kind: 'halfOpen', reach: 'existing' });
  const wake = Date.now() + 60_000;
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => wake);
  await liveAgain(() => {});
  clock.mockRestore();
  await liveAgain(() => {
    core.send('disconnect');
    core.send('connect');
  });
  const sent = control.stats().upgrades.map(({ token }) => token);
  expect(sent).toEqual(granted.map(({ token }) => token));
  expect([sent.length, new Set(sent).size]).toEqual([7, 7]);
});

it('[A3][A7] tokens that ran out while the link was lost are replaced, and nobody is signed out', async () => {
  const { liveAgain, control, states, granted, differences } = await start({ reuse: true });
  await liveAgain(() => {
    control.expireTokens();
    control.createSession(1);
    control.dropSockets();
  });
  expect(states()).not.toContain('signedOut');
  expect(granted.map(({ renew }) => renew).filter(Boolean)).toEqual([true]);
  expect(differences()).toEqual([]);
});

it('[A1][A2] each refused handshake is taken to REST, and a good token is kept', async () => {
  const { control, backend, states, granted } = await start();
  control.refuseUpgrades(true);
  control.dropSockets();
  const refused = () => control.stats().upgrades.filter(({ status }) => status === 403).length;
  const probes = () => control.stats().requests.filter(({ url }) => url === '/api/sessions').length;
  await backend.until(() => refused() === 4);
  await backend.until(() => probes() === 4);
  expect(refused()).toBe(4);
  expect([states().includes('signedOut'), granted.some(({ renew }) => renew)]).toEqual([false, false]);
});

it('[A7] one 401 among good answers signs nobody out', async () => {
  const { core, liveAgain, control, states, differences } = await start();
  await liveAgain(() => {
    control.failRest({ status: 401, times: 1 });
    control.createSession(1);
    core.send('refresh');
  });
  expect([states().includes('signedOut'), differences()]).toEqual([false, []]);
});

it('[A6] server and sign-in service out of reach: the sessions stay, and so does the account', async () => {
  const { core, reach, liveAgain, proxy, control, states, outage, differences } = await start();
  proxy.inject({ kind: 'reset' })();
  const end = proxy.inject({ kind: 'refuse' });
  outage.failure = { kind: 'unreachable', detail: 'the sign-in service is out of reach' };
  await reach('polling.offline');
  control.createSession(1);
  expect(core.getAllSessions()).toHaveLength(3);
  outage.failure = undefined;
  await liveAgain(end);
  expect([states().includes('signedOut'), differences()]).toEqual([false, []]);
});

interface Grant {
  readonly token: string;
  readonly renew: boolean;
}

/** Signed in with a source that issues a new token for each request, or with `reuse` only for a renewal. */
async function start({ reuse = false }: { reuse?: boolean } = {}) {
  const granted: Grant[] = [];
  const outage: { failure?: Failure | undefined } = {};
  let last: string | undefined;
  const tokens: TokenSource = {
    get: ({ renew }) => {
      if (outage.failure) return Promise.resolve(err(outage.failure));
      if (!reuse || renew) last = undefined;
      last ??= own.backend.issueToken();
      granted.push({ token: last, renew });
      return Promise.resolve(ok({ token: new Secret(last) }));
    },
  };
  const late: TokenSource = { get: async (request) => (await ready, tokens.get(request)) };
  let begin = () => {};
  const ready = new Promise<void>((resolve) => (begin = resolve));
  const own = (faulty = await startFaultyCore({ tokens: late }));
  begin();
  await own.reach('connected.live');
  return { ...own, granted, outage };
}
