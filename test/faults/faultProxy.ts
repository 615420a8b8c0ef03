import { createServer, type AddressInfo, type Server } from 'node:net';
import { concerns, type Fault, type FaultKind, type FaultOf } from './fault';
import type { FaultScript } from './faultScript';
import { Pauses } from './pauses';
import { ProxiedConnection, type ConnectionPorts } from './proxiedConnection';
import { seededRandom } from './seededRandom';

export interface FaultProxyOptions {
  /** Address of the server behind it. */
  readonly target: string;
  readonly seed?: number;
  /** Played from the start on. */
  readonly script?: FaultScript;
}

export interface FaultProxy {
  readonly url: string;
  readonly port: number;
  /** The fault is on until the returned function is called. */
  inject(fault: Fault): () => void;
  /** Ends every fault that is on; connections that swallowed bytes stay dead. */
  heal(): void;
  /** Resolves once each fault of the script has ended, or the proxy has stopped. */
  play(script: FaultScript): Promise<void>;
  /** Resolves once it listens, or does not, as the faults want it. */
  settled(): Promise<void>;
  stats(): FaultProxyStats;
  /** Leaves no open handle. */
  stop(): Promise<void>;
}

interface FaultProxyStats {
  readonly accepted: number;
  readonly open: number;
  readonly injected: Readonly<Partial<Record<FaultKind, number>>>;
}

const HOST = '127.0.0.1';
const RELISTEN_MS = 20;

/** A TCP proxy in front of a CodeMySpec server that brings about what networks do. */
export async function startFaultProxy({ target, seed = 1, script }: FaultProxyOptions): Promise<FaultProxy> {
  const address = new URL(target);
  const random = seededRandom(seed);
  const faults = new Set<Fault>();
  const connections = new Set<ProxiedConnection>();
  const held = new Map<() => void, ProxiedConnection>();
  const injected: Partial<Record<FaultKind, number>> = {};
  const pauses = new Pauses();
  let accepted = 0;
  let stopped = false;
  let server: Server | undefined;
  let port = 0;
  let settling = Promise.resolve();

  const ports: ConnectionPorts = {
    target: { host: address.hostname, port: Number(address.port) },
    random,
    active: <Kind extends FaultKind>(kind: Kind, connection: ProxiedConnection['kind']) =>
      [...faults].filter(
        (fault): fault is FaultOf<Kind> => fault.kind === kind && concerns(fault, connection),
      ),
    awaitOther: (self, end) => held.set(end, self),
    passed(self) {
      for (const [end, connection] of held) {
        if (connection === self) continue;
        held.delete(end);
        end();
      }
    },
    closed: (self) => connections.delete(self),
  };

  const listens = () =>
    !stopped && ![...faults].some(({ kind, on }) => kind === 'refuse' && on === undefined);

  const settle = async (): Promise<void> => {
    if (!listens()) {
      server?.close();
      server = undefined;
    }
    while (listens() && !server) {
      const next = createServer({ allowHalfOpen: true, pauseOnConnect: false }, (client) => {
        accepted += 1;
        connections.add(new ProxiedConnection(client, ports));
      });
      const bound = await listen(next, port);
      if (bound === undefined) await pauses.pause(RELISTEN_MS);
      else [server, port] = [next, bound];
    }
  };
  const resettle = () => {
    settling = settling.then(settle);
  };

  const inject = (fault: Fault): (() => void) => {
    const own = { ...fault };
    faults.add(own);
    injected[own.kind] = (injected[own.kind] ?? 0) + 1;
    for (const connection of [...connections]) connection.strike(own);
    if (own.kind === 'refuse') resettle();
    return () => relent(own);
  };
  const relent = (fault: Fault): void => {
    if (!faults.delete(fault)) return;
    for (const connection of [...connections]) connection.relent(fault);
    if (fault.kind === 'reorder') for (const end of [...held.keys()]) end();
    if (fault.kind === 'refuse') resettle();
  };
  const heal = () => {
    for (const fault of [...faults]) relent(fault);
  };

  const play = async (steps: FaultScript): Promise<void> => {
    await Promise.all(
      steps.map(async ({ at, fault, forMs }) => {
        if (at > 0) await pauses.pause(at);
        if (stopped) return;
        const end = inject(fault);
        await pauses.pause(forMs);
        end();
      }),
    );
  };

  await settle();
  if (script) void play(script);

  return {
    url: `http://${HOST}:${port}`,
    port,
    inject,
    heal,
    play,
    settled: () => settling,
    stats: () => ({ accepted, open: connections.size, injected: { ...injected } }),
    async stop() {
      stopped = true;
      heal();
      pauses.end();
      resettle();
      await settling;
      for (const connection of [...connections]) connection.destroy();
    },
  };
}

/** The port it listens on; undefined where the port is taken. */
function listen(server: Server, port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(port, HOST, () => resolve((server.address() as AddressInfo).port));
  });
}
