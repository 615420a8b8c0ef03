import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { allowOrigin } from './allowOrigin';
import { Contract, type ContractOptions } from './contract';
import { createControl, type Control } from './control';
import { createControlServer } from './controlServer';
import { DEFAULT_GENERATION, GENERATIONS, type GenerationName } from './generations/generations';
import { createOAuth } from './oauth/oauth';
import { oauthSettings, type OAuthOptions } from './oauth/oauthOptions';
import { SignIns } from './oauth/signIns';
import { PhoenixServer } from './phoenixServer';
import { createRest } from './rest';
import { RestFaults } from './restFaults';
import { Stats } from './stats';
import { Timers } from './timers';
import { Tokens, type TokenRequest } from './tokens';
import { World } from './world';

const KEEP_ALIVE_MS = 60_000;

export interface BackendOptions extends ContractOptions {
  /** 0, the default, takes any free port. */
  port?: number;
  controlPort?: number;
  /** Any address of this machine's loopback range. */
  host?: `127.${string}`;
  generation?: GenerationName;
  tokenLifetimeS?: number;
  /** `false` is a server without OAuth: its endpoints are 404. */
  oauth?: OAuthOptions | false;
  /** The main listener speaks https and wss with these, in PEM. */
  tls?: { key: string; cert: string };
  /** The origin whose pages are let in; none unless given. */
  allowOrigin?: string;
  /** An origin that every answer redirects to, until `healRest`; upgrades are served. */
  redirectTo?: string;
  /** A socket that stays silent this long is closed. */
  heartbeatTimeoutMs?: number;
  seed?: (world: World) => void;
  /** A stopped server whose sessions, tokens and clients this one goes on with, as after a restart. */
  resume?: Pick<Backend, 'world' | 'tokens' | 'signIns'>;
}

export interface Backend {
  url: string;
  port: number;
  controlUrl: string;
  world: World;
  tokens: Tokens;
  signIns: SignIns;
  control: Control;
  issueToken(request?: TokenRequest): string;
  /** Resolves once the condition holds; it is looked at after each request, upgrade, join, heartbeat and close. */
  until(reached: () => boolean): Promise<void>;
  /** Leaves no open handle. */
  stop(): Promise<void>;
}

export async function startBackend(options: BackendOptions = {}): Promise<Backend> {
  const { port = 0, controlPort = 0, host = '127.0.0.1', tls, resume, seed } = options;
  const { tokenLifetimeS = 7200, oauth: oauthOptions = {} } = options;
  const { generation = DEFAULT_GENERATION, heartbeatTimeoutMs = 60_000 } = options;
  const { ids } = GENERATIONS[generation];
  const contract = new Contract(generation, options);
  const world = resume?.world ?? new World(ids);
  world.useIds(ids);
  const tokens = resume?.tokens ?? new Tokens(tokenLifetimeS);
  const signIns = resume?.signIns ?? new SignIns();
  const [faults, stats, timers] = [new RestFaults(), new Stats(), new Timers()];
  seed?.(world);

  const settings = oauthOptions === false ? undefined : oauthSettings(oauthOptions, tokenLifetimeS);
  const oauth = createOAuth({ world, tokens, signIns, settings });
  faults.redirectTo = options.redirectTo;

  const shared = { world, tokens, oauth, contract, faults, stats, timers };
  const phoenix = new PhoenixServer({
    ...{ ...shared, heartbeatTimeoutMs },
    allowOrigin: options.allowOrigin,
  });
  const control = createControl({ ...shared, phoenix });
  const rest = allowOrigin(options.allowOrigin, createRest(shared));
  const keeping = { keepAliveTimeout: KEEP_ALIVE_MS };
  const main = tls ? createTlsServer({ ...keeping, ...tls }, rest) : createServer(keeping, rest);
  main.on('upgrade', (request, connection, head) => phoenix.handleUpgrade(request, connection, head));
  const servers = [main, createControlServer(control)];
  const endings = servers.map(endable);
  const [bound, controlBound] = [
    await listen(main, port, host),
    await listen(servers[1] as Server, controlPort, host),
  ];

  return {
    url: `${tls ? 'https' : 'http'}://${host}:${bound}`,
    port: bound,
    controlUrl: `http://${host}:${controlBound}`,
    world,
    tokens,
    signIns,
    control,
    issueToken: (request) => tokens.issue(request),
    until: (reached) => stats.until(reached),
    async stop() {
      timers.clear();
      phoenix.stop();
      await Promise.all(endings.map((end) => end()));
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Ends the server together with every connection, upgraded ones too, which `close` alone waits for. */
function endable(server: Server): () => Promise<void> {
  const connections = new Set<Socket>();
  server.on('connection', (connection: Socket) => {
    connections.add(connection);
    connection.on('close', () => connections.delete(connection));
  });
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const connection of connections) connection.destroy();
    });
}
