import { expect, it } from 'vitest';
import { sessionSource } from '../../../src/actors/sessionSource';
import { ServerContracts } from '../../../src/actors/serverContracts';
import type { ServerContract } from '../../../src/model/serverContract';
import { err, ok, type Result } from '../../../src/model/failure';
import type { SessionList } from '../../../src/model/parseSession';
import { Secret } from '../../../src/model/secret';
import { failureOf, restOf } from './restHarness';

const BASE = 'https://server.example';
const OF_REST = ok({ sessions: [{ id: 'of REST' }], malformed: 0 });
const OF_CHANNEL = ok({ sessions: [{ id: 'of the channel' }], malformed: 0 });
const NO_REST = err(failureOf('noFallback'));
const { signal } = new AbortController();

it('[H6] a list of REST is taken wherever there is one, a joined channel or not', async () => {
  for (const channel of ['none', 'withoutLists', 'withLists'] as const) {
    const s = start({ list: OF_REST, channel });
    expect(await s.source.list(signal)).toEqual(OF_REST);
    expect([s.asked, s.listed, s.contracts.of(BASE)]).toEqual([['list'], [], { lists: 'rest' }]);
  }
});

it('[H6] where REST has none the channel is asked, with the token of now and how old its socket may be', async () => {
  const s = start({ list: NO_REST, channel: 'withLists' });
  expect(await s.source.list(signal)).toEqual(OF_CHANNEL);
  expect(s.listed).toEqual([{ signal, maxAgeMs: 2_000, token: s.token }]);
  expect([s.asked, s.contracts.of(BASE)]).toEqual([['list'], { lists: 'channel' }]);
});

it('[H6] REST that has no list is not asked again before the next join', async () => {
  const s = start({ list: NO_REST, channel: 'withLists' });
  await s.source.list(signal);
  await s.source.list(signal);
  expect([s.asked.length, s.listed.length]).toEqual([1, 2]);
  s.contracts.joined(BASE, 'bare');
  await s.source.list(signal);
  expect([s.asked.length, s.listed.length]).toEqual([2, 3]);
});

it.each([
  ['joined', 1, 'withLists'],
  ['not joined', 5, 'none'],
] as const)(
  '[C19] that REST, which gave a list, has none is believed, %s, after %i times',
  async (_, most, channel) => {
    const s = start({ list: OF_REST, channel });
    for (let round = 1; round <= 2; round += 1) {
      s.answer(OF_REST);
      await s.source.list(signal);
      s.answer(NO_REST);
      for (let n = 1; n <= most; n += 1)
        expect(await s.source.list(signal)).toMatchObject({ ok: false, failure: { kind: 'unavailable' } });
    }
    const last = await s.source.list(signal);
    expect(last).toMatchObject(
      channel === 'none' ? { ok: false, failure: { kind: 'noFallback' } } : OF_CHANNEL,
    );
  },
);

it('[C31] a channel without lists does not keep REST from being asked again', async () => {
  const s = start({ list: NO_REST, channel: 'withoutLists' });
  await s.source.list(signal);
  s.answer(OF_REST);
  expect(await s.source.list(signal)).toEqual(OF_REST);
});

it('[C31] without a channel REST is asked all the same, and has the last word', async () => {
  const s = start({ list: NO_REST, channel: 'none' });
  for (let n = 1; n <= 2; n += 1) {
    expect(await s.source.list(signal)).toMatchObject({ ok: false, failure: { kind: 'noFallback' } });
    expect(s.asked).toHaveLength(n);
  }
});

it('[C30] neither REST nor the channel that is joined has a list: that is no server for us', async () => {
  const s = start({ list: NO_REST, channel: 'withoutLists' });
  expect(await s.source.list(signal)).toMatchObject({ ok: false, failure: { kind: 'incompatible' } });
});

it.each(['timeout', 'unauthorized', 'rateLimited', 'serverError'] as const)(
  '[H6] REST that fails with %s says nothing of where lists come from',
  async (kind) => {
    const s = start({ list: err(failureOf(kind)), channel: 'withLists' });
    expect(await s.source.list(signal)).toEqual(err(failureOf(kind)));
    expect([s.listed, s.contracts.of(BASE)]).toEqual([[], {}]);
  },
);

it('[C1] without a token nobody is asked', async () => {
  const s = start({ list: OF_REST, channel: 'withLists', token: undefined });
  expect(await s.source.list(signal)).toEqual(err(failureOf('tokenPending')));
  expect(await s.source.get('1', signal)).toEqual(err(failureOf('tokenPending')));
  expect([s.asked, s.listed]).toEqual([[], []]);
});

it.each<[string, ServerContract, boolean]>([
  ['not known to list', {}, true],
  ['known to list over REST', { lists: 'rest' }, true],
  ['known to list over its channel alone', { lists: 'channel' }, false],
])('[S10] a server that is %s is asked for single sessions, or not', async (_what, contract, hasSingles) => {
  const s = start();
  s.contracts.found(BASE, contract);
  const answer = await s.source.get('1', signal);
  expect([s.source.hasSingles(), s.asked]).toEqual([hasSingles, hasSingles ? ['get'] : []]);
  if (hasSingles) expect(answer).toEqual(ok({ id: '1', status: 'active' }));
  else expect(answer).toMatchObject({ ok: false, failure: { kind: 'unsupported' } });
});

interface Server {
  readonly list: Result<SessionList>;
  readonly channel: 'none' | 'withoutLists' | 'withLists';
  readonly token: Secret | undefined;
}

function start(more: Partial<Server> = {}) {
  const { list = OF_REST, channel = 'none', token = new Secret('token-1') } = more;
  const as = 'token' in more ? more.token : token;
  const answers = { list, get: ok({ id: '1', status: 'active' }) };
  const { api, asked } = restOf(answers);
  const contracts = new ServerContracts();
  const listed: unknown[] = [];
  const joined = {
    lists: channel === 'withLists',
    list: (request: unknown) => {
      listed.push(request);
      return Promise.resolve(OF_CHANNEL);
    },
  };
  const source = sessionSource({
    base: () => BASE,
    api: () => (as ? ok(api) : err(failureOf('tokenPending'))),
    joined: () => (channel === 'none' ? undefined : joined),
    contracts,
    token: () => as,
    maxAgeMs: 2_000,
  });
  const answer = (next: Result<SessionList>) => void (answers.list = next);
  return { source, asked, listed, contracts, token: as, answer };
}
