import { afterEach, describe, expect, it } from 'vitest';
import { startBackend, type Backend } from '../backend/backend';
import { selfSigned } from '../backend/tls/selfSigned';
import { startCore } from './startedCore';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function backendWith(options: Parameters<typeof startBackend>[0] = {}): Promise<Backend> {
  const backend = await startBackend(options);
  stops.push(() => backend.stop());
  backend.control.bulk(2);
  return backend;
}

function start(...args: Parameters<typeof startCore>) {
  const started = startCore(...args);
  stops.push(() => started.core.dispose());
  return started;
}

describe('a server that leads elsewhere', () => {
  it('[X1][C17] gets no request to another origin, and is offline for whoever has an account there', async () => {
    const elsewhere = await backendWith();
    const backend = await backendWith({ redirectTo: elsewhere.url });
    backend.control.refuseUpgrades(true);
    const { core, reach } = start(backend);
    await reach('polling.offline');
    expect(core.status.failure?.kind).toBe('notCodeMySpec');
    expect(elsewhere.control.stats()).toMatchObject({ requests: [], upgrades: [] });
  });

  it('[X1] later on is a passing failure, and still gets nothing elsewhere', async () => {
    const elsewhere = await backendWith();
    const backend = await backendWith();
    const { reach, core } = start(backend);
    await reach('connected.live');
    backend.control.redirectRest(elsewhere.url);
    core.send('refresh');
    await reach('connected.resting');
    backend.control.healRest();
    await reach('connected.live');
    expect(elsewhere.control.stats()).toMatchObject({ requests: [], upgrades: [] });
  });
});

describe('[F6] a certificate that nobody trusts', () => {
  it('stops REST and WebSocket alike, with a reason of its own', async () => {
    const backend = await backendWith({ tls: selfSigned() });
    const { reach, core, lines } = start(backend);
    await reach('polling.offline');
    expect(core.status.failure?.kind).toBe('tlsRefused');
    expect(lines.some((line) => /\[Http\] GET .*self-signed/.test(line))).toBe(true);
    expect(lines.some((line) => /the WebSocket: .*self-signed/.test(line))).toBe(true);
    expect(backend.control.stats()).toMatchObject({ requests: [], upgrades: [] });
  });
});
