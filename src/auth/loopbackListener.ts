import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf, type Log } from '../log';
import { CALLBACK_PATH, type AuthorizationResponses } from './authorizationResponses';
import type { RedirectTarget } from './authorizationCodeFlow';

const LOOPBACK = '127.0.0.1';
const MAX_CONNECTIONS = 20;
const REQUEST_TIMEOUT_MS = 10_000;
/** The page for the browser is sent within. */
const PAGE_SENT_MS = 1_000;

export interface LoopbackListenerOptions {
  /** Of the kept registration; another one is taken where it cannot be had. */
  readonly port: number | undefined;
  /** The address under which the browser of the user reaches this local one. */
  readonly externalAddress: (local: string) => PromiseLike<string>;
  readonly responses: Pick<AuthorizationResponses, 'receive' | 'expect'>;
  /** What the browser shows in the end: whole HTML, with the hash of its style. */
  readonly page: () => { readonly html: string; readonly styleHash: string };
  readonly log: Log;
}

/**
 * Listens on this machine for the one answer of the browser (RFC 8252 §7.3). Anything else gets 404 and ends nothing.
 * Undefined where no listener can be had.
 */
export async function openLoopbackListener(
  options: LoopbackListenerOptions,
): Promise<RedirectTarget | undefined> {
  const { responses, log } = options;
  const hosts = new Set<string>();
  const server = createServer((request, response) => {
    const answer = answerIn(request, hosts);
    if (answer && responses.receive(answer)) sayFinished(response, options.page());
    else response.writeHead(404, { connection: 'close' }).end();
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = REQUEST_TIMEOUT_MS;

  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
        server.off('error', reject);
        resolve();
      });
    });
  const close = () => {
    server.close();
    server.closeIdleConnections();
    // One that never said anything counts as busy, and is not timed out any more.
    setTimeout(() => server.closeAllConnections(), PAGE_SENT_MS).unref();
  };
  try {
    await listen(options.port ?? 0).catch(async (error: unknown) => {
      if (options.port === undefined) throw error;
      log.info(`port ${options.port} is taken; another one is used`);
      await listen(0);
    });
    server.on('error', (error) => log.warn(`the listener for the sign-in: ${messageOf(error)}`));
    const { port } = server.address() as AddressInfo;
    const redirectUri = await options.externalAddress(`http://${LOOPBACK}:${port}${CALLBACK_PATH}`);
    for (const host of [`${LOOPBACK}:${port}`, `localhost:${port}`, new URL(redirectUri).host])
      hosts.add(host);
    return {
      redirectUri,
      port,
      reachesAnyWindow: false,
      receive: (state, signal) => responses.expect(state, signal),
      close,
    };
  } catch (error) {
    log.warn(`no listener for the sign-in can be had: ${messageOf(error)}`);
    close();
    return undefined;
  }
}

function answerIn({ method, url = '', headers }: IncomingMessage, hosts: Set<string>) {
  if (method !== 'GET' || !hosts.has(headers.host?.toLowerCase() ?? '')) return undefined;
  const [path, query] = url.split('?', 2);
  return path === CALLBACK_PATH && query !== undefined ? new URLSearchParams(query) : undefined;
}

function sayFinished(
  response: ServerResponse,
  { html, styleHash }: ReturnType<LoopbackListenerOptions['page']>,
): void {
  response
    .writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; style-src '${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      connection: 'close',
    })
    .end(html);
}
