import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Account } from '../../../src/auth/account';
import { AccountStore } from '../../../src/auth/accountStore';
import { WindowRelay } from '../../../src/auth/windowRelay';
import { Secret } from '../../../src/model/secret';
import { SecretsInMemory } from './secretsInMemory';
import { recordedLog } from './signedIn';

const ORIGIN = 'https://mine.example';

let shared: string;
const relays: WindowRelay[] = [];

beforeEach(() => {
  shared = randomUUID();
});

afterEach(async () => {
  for (const relay of relays.splice(0)) relay.dispose();
  for (const folder of await folders()) await rm(join(tmpdir(), folder), { recursive: true });
});

describe('windows that each have a storage of their own', () => {
  test('[A8] follow a sign-in, a renewal and a sign-out of one', async () => {
    const [one, two, three] = [openWindow(), openWindow(), openWindow()];
    await Promise.all([one.ready(), two.ready(), three.ready()]);
    for (const revision of [0, 1, 2]) {
      await one.accounts.put(ORIGIN, account({ revision }));
      for (const other of [two, three]) await other.holds('a', revision);
    }
    await two.accounts.remove(ORIGIN);
    for (const other of [one, three]) await other.holds(undefined);
  });

  test('tell one that opens later', async () => {
    const one = openWindow();
    await one.accounts.put(ORIGIN, account({ revision: 3 }));
    await one.ready();
    const late = openWindow();
    await late.relay.catchUp(ORIGIN);
    await late.holds('a', 3);
  });

  test('never go back to an older token, and lose none to the sign-out of an outdated window', async () => {
    const [one, outdated] = [openWindow(), openWindow()];
    await Promise.all([one.ready(), outdated.ready()]);
    await one.accounts.put(ORIGIN, account({ revision: 5 }));
    await outdated.holds('a', 5);
    await outdated.secrets.delete(`account:${ORIGIN}`);
    await outdated.accounts.put(ORIGIN, account({ revision: 1 }));
    await outdated.accounts.remove(ORIGIN);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await one.holds('a', 5);
    await one.accounts.put(ORIGIN, account({ id: 'b', revision: 0 }));
    await outdated.holds('b', 0);
  });

  test('are no others than those of the user’s own folder', async () => {
    const one = openWindow();
    await one.ready();
    shared = randomUUID();
    const stranger = openWindow();
    await stranger.ready();
    await one.accounts.put(ORIGIN, account());
    await stranger.relay.catchUp(ORIGIN);
    await stranger.holds(undefined);
    await rm(join(tmpdir(), (await folders())[0]!), { recursive: true });
  });

  test('forget one that crashed', async () => {
    const one = openWindow();
    await one.ready();
    const dead = join(tmpdir(), (await folders())[0]!, 'dead.sock');
    await writeFile(dead, '');
    await one.relay.catchUp(ORIGIN);
    expect(await readdir(join(dead, '..'))).toHaveLength(1);
  });

  test('leave nothing open when they end', async () => {
    const one = openWindow();
    await one.ready();
    one.relay.dispose();
    await vi.waitFor(async () => expect(await readdir(join(tmpdir(), (await folders())[0]!))).toEqual([]));
  });
});

describe('[X3] the folder of the sockets', () => {
  test('can be entered by the user alone', async () => {
    const one = openWindow();
    await one.ready();
    const folder = join(tmpdir(), (await folders())[0]!);
    const [name] = await readdir(folder);
    const modes = await Promise.all(
      [folder, join(folder, name!)].map(async (path) => (await stat(path)).mode),
    );
    expect(modes.map((mode) => mode & 0o077)).toEqual([0, 0]);
  });

  test('is not used where somebody else could enter it', async () => {
    const one = openWindow();
    await one.ready();
    const folder = join(tmpdir(), (await folders())[0]!);
    one.relay.dispose();
    await rm(folder, { recursive: true });
    await mkdir(folder);
    await chmod(folder, 0o755);
    const two = openWindow();
    await two.relay.catchUp(ORIGIN);
    expect([await readdir(folder), two.lines.length]).toEqual([[], 1]);
  });

  test('takes no nonsense', async () => {
    const one = openWindow();
    await one.ready();
    const folder = join(tmpdir(), (await folders())[0]!);
    const path = join(folder, (await readdir(folder))[0]!);
    for (const text of ['', '{', '{"kind":"put"}', `{"kind":"put","origin":"${ORIGIN}","account":"{}"}`]) {
      await new Promise((resolve) => connect(path).end(text).once('close', resolve).resume());
    }
    await one.holds(undefined);
    expect(one.lines.join()).not.toContain('secret');
  });
});

function openWindow() {
  const { log, lines } = recordedLog();
  const secrets = new SecretsInMemory();
  const relay = new WindowRelay({ shared, accounts: new AccountStore(secrets, log), log });
  relays.push(relay);
  const accounts = new AccountStore(secrets, log, relay);
  return {
    ...{ secrets, relay, accounts, lines },
    ready: () => relay.catchUp(ORIGIN),
    holds: (id: string | undefined, revision?: number) =>
      vi.waitFor(async () => {
        const held = await accounts.get(ORIGIN);
        const found = held?.credentials.kind === 'oauth' ? held.credentials.revision : undefined;
        expect([held?.id, found]).toEqual([id, revision]);
      }),
  };
}

function account({ id = 'a', revision = 0 }: { id?: string; revision?: number } = {}): Account {
  return {
    id,
    userId: '7',
    label: 'me@mine.example',
    credentials: {
      kind: 'oauth',
      accessToken: new Secret(`secret-access-${revision}`),
      refreshToken: new Secret(`secret-refresh-${revision}`),
      issuedAt: 1,
      expiresAt: 2,
      client: { id: 'c', secret: new Secret('secret-client'), authentication: 'body' },
      revision,
    },
  };
}

async function folders(): Promise<string[]> {
  const { createHash } = await import('node:crypto');
  const hash = createHash('sha256').update(shared).digest('hex').slice(0, 12);
  return (await readdir(tmpdir())).filter((name) => name.startsWith('codemyspec-') && name.endsWith(hash));
}
