import { afterEach, expect, it, vi } from 'vitest';
import { MAX_SESSIONS, MAX_TEXT_BYTES } from '../../src/model/limits';
import { startBackend, type Backend } from '../backend/backend';
import { HostileFront } from '../hostile/hostileFront';
import { phoenixOver } from '../hostile/rawWebSocket';
import { fallbackState, listsOverRest } from './generation';
import { listDifferences } from './listDifferences';
import { startCore } from './startedCore';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A live core before a front that can answer in the server's place. */
async function start() {
  const backend: Backend = await startBackend();
  closing.push(() => backend.stop());
  backend.control.bulk(3);
  const front = await HostileFront.start(backend.url);
  closing.push(() => front.stop());
  const started = startCore(backend, { serverUrl: () => front.url });
  closing.push(() => started.core.dispose());
  await started.reach('connected.live');
  return {
    ...started,
    ...backend,
    backend,
    front,
    differences: () => listDifferences(started.core, backend),
  };
}

it.skipIf(!listsOverRest)(
  '[H1] a list of more than 20,000 sessions is shown as far as it goes, and said not to be all',
  async () => {
    const { core, front, reach } = await start();
    const [shown] = core.getAllSessions();
    const many = Array.from({ length: MAX_SESSIONS + 7 }, (_, n) => ({ id: `m${n}`, project_id: 101 }));
    front.rest = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ data: many }));
      return true;
    };
    core.send('refresh');
    await reach('connected.retryWait');
    expect(core.status.failure).toMatchObject({
      kind: 'tooLarge',
      detail: '20000 of 20007 sessions shown',
      retryAfterMs: 60_000,
    });
    expect(core.getSession(`m${MAX_SESSIONS - 1}`)).toBeDefined();
    // It may be in the part that was left out.
    expect(core.getSession(shown!.id)).toBeDefined();
  },
);

it('[D7] a frame of more than 64 MB costs a reconnect, says so, and no more', async () => {
  const { reach, backend, core, transitions, differences } = await start();
  const failures: (string | undefined)[] = [];
  core.onConnectionUpdate(({ linkFailure }) => failures.push(linkFailure?.kind));
  const text = `[null,null,"vscode:user:1","session_updated",{"id":1,"state":"${'x'.repeat(MAX_TEXT_BYTES)}"}]`;
  backend.control.sendRawFrame(text);
  // Tens of megabytes take their time while other tests run.
  await vi.waitFor(() => expect(transitions.map(({ to }) => to)).toContain('reconnecting'), 10_000);
  await reach('connected.live');
  expect(differences()).toEqual([]);
  expect(failures).toContain('tooLarge');
});

it.each(['1e12', '1e999'])(
  '[H2][J7] a join refused for %s seconds is not tried again at once',
  async (retryAfter) => {
    const { front, backend, core, reach } = await start();
    front.upgrade = (request, socket) => {
      phoenixOver(socket, request, {
        join: (joinRef, ref, topic) =>
          `["${joinRef}","${ref}","${topic}","phx_reply",{"status":"error","response":{"retry_after":${retryAfter}}}]`,
      });
      return true;
    };
    backend.control.dropSockets();
    await vi.waitFor(() => expect(core.status.failure?.kind).toBe('joinRefused'));
    await reach(fallbackState);
    expect(core.status.linkFailure?.retryAfterMs).toBe(3_600_000);
    // The first one, the one that was dropped, and the one that was refused.
    expect(front.mostSockets).toBeLessThanOrEqual(3);
  },
);
