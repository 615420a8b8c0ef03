import { afterEach, describe, expect, it } from 'vitest';
import type { BackendOptions } from '../backend/backend';
import { BEAT, examined, LOCAL, needing, OPEN, TAKEN } from './examined';
import { startServer } from './startedServer';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});
const start = (...options: [BackendOptions?, number?]) => startServer(stops, ...options);

describe('[Q1] a server that works', () => {
  it('of the first generation has sessions over REST and a topic of its own for each user', async () => {
    const { url, token, control } = await start();
    const { report, failed } = await examined(url, { token });
    expect(failed).toBe(false);
    expect(report).toBe(`# CodeMySpec connection report

- Versions: CodeMySpec 0.1.0, Node 20
- Server: \`${url}\`
- First failure: none

| step | verdict | time | what was found |
| --- | --- | --- | --- |
| address | ok | 1 ms | plain http to this computer |
| DNS | skipped | – | the address is a number |
| TLS | skipped | – | plain http |
| proxy | ok | 1 ms | none is set |
| discovery | ok | 1 ms | OAuth metadata |
| token | ok | 1 ms | there, and names its user |
| REST | ok | 1 ms | no GET /api/me; GET /api/sessions takes the token |
| upgrade | ok | 1 ms | the WebSocket is open |
| join | ok | 1 ms | vscode:user:{id} |
| heartbeat | ok | 1 ms | there and back |
| list | ok | 1 ms | GET /api/sessions lists 2 |
| generation | ok | 1 ms | sessions over REST, live updates on vscode:user:{id} (first generation) |

## What to do

Nothing: the connection works.

This report contains no token, no user and nothing from your sessions. You can paste it into an issue.
`);
    expect(control.stats()).toMatchObject({
      joins: [
        { topic: 'vscode:user', answer: 'invalid topic' },
        { topic: 'vscode:user:1', answer: 'ok' },
      ],
      calls: [],
    });
  });

  it.each(['2', '2-late'] as const)(
    'of generation %s has sessions over REST and a shared topic',
    async (generation) => {
      const { url, token, control } = await start({ generation });
      const { rows } = await examined(url, { token });
      expect(rows).toEqual([
        ...TAKEN,
        OPEN,
        'join | ok | 1 ms | vscode:user',
        BEAT,
        'list | ok | 1 ms | GET /api/sessions lists 2',
        'generation | ok | 1 ms | sessions over REST, live updates on vscode:user (second generation)',
      ]);
      expect(control.stats().calls).toEqual([]);
    },
  );

  it('of the third generation lists its sessions on the channel', async () => {
    const { backend, url, token, control } = await start({ generation: '3' });
    const { rows, first } = await examined(url, { token });
    expect(rows).toEqual([
      ...TAKEN,
      OPEN,
      'join | ok | 1 ms | vscode:user',
      BEAT,
      'list | ok | 1 ms | no GET /api/sessions; list_sessions lists 2',
      'generation | ok | 1 ms | sessions and live updates on vscode:user (third generation)',
    ]);
    expect(first).toBe('none');
    await backend.until(() => control.stats().openSockets === 0);
  });

  it('and issues opaque tokens tells its user by a session', async () => {
    const { backend, url } = await start();
    const { rows } = await examined(url, { token: backend.issueToken({ opaque: true }) });
    expect(rows[5]).toBe('token | ok | 1 ms | there');
    expect(rows[8]).toBe('join | ok | 1 ms | vscode:user:{id}');
  });

  it('and issues opaque tokens without a session cannot be joined yet', async () => {
    const { backend, url } = await start({}, 0);
    const { rows, advice } = await examined(url, { token: backend.issueToken({ opaque: true }) });
    expect(rows.slice(8)).toEqual([
      'join | failed | 1 ms | the server does not tell whose token this is',
      BEAT,
      'list | ok | 1 ms | GET /api/sessions lists 0',
      ...needing({ generation: 'join' }),
    ]);
    expect(advice).toMatch(/^This server says who signed in only once there is a session\./);
  });

  it('is never asked for a list on a channel that would crash of it', async () => {
    const { url, token, control } = await start({ me: true });
    control.removeRoutes(['GET /api/sessions']);
    const { rows } = await examined(url, { token });
    expect(rows.slice(8)).toEqual([
      'join | ok | 1 ms | vscode:user:{id}',
      BEAT,
      'list | skipped | – | no GET /api/sessions, and no channel to ask',
      'generation | skipped | – | the list did not tell',
    ]);
    expect(control.stats().calls).toEqual([]);
  });

  it('is examined as far as it goes without a token', async () => {
    const { url, control } = await start();
    const { rows, first, failed, advice } = await examined(url);
    expect(rows).toEqual([
      ...LOCAL,
      'discovery | ok | 1 ms | OAuth metadata',
      'token | skipped | – | there is none',
      ...needing({ REST: 'token', upgrade: 'token', join: 'token', heartbeat: 'upgrade', list: 'token' }),
      ...needing({ generation: 'join' }),
    ]);
    expect([first, failed]).toEqual(['none', false]);
    expect(advice).toBe(
      'Sign in, or provide a token for the server, and run this again: most steps need one.',
    );
    expect(control.stats().upgrades).toEqual([]);
  });
});
