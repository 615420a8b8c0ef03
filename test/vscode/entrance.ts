import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { keepSecret } from '../traces';

/*
 * Keeps the other users of the machine out of VS Code: its server lets in only who brings a cookie, for sockets
 * too, and the page behind this secret address sets it and leads on. Browsers send a cookie to every port of
 * 127.0.0.1, so whoever is let in should open no other user's page there.
 */
export interface Entrance {
  /** `http://127.0.0.1:port/secret`; its query goes on to VS Code. */
  readonly url: string;
  /** Makes VS Code's server want the cookie; the server logs it at level trace, and not at debug. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export async function openEntrance({ origin }: { origin: string }): Promise<Entrance> {
  const secret = keepSecret(randomBytes(32).toString('base64url'));
  // The server takes 64 hexadecimal digits for a SHA-256 and the cookie of who knows its password; nobody does.
  const session = keepSecret(randomBytes(32).toString('hex'));
  const suffix = new URL(origin).port;

  const server = createServer((request, response) => {
    const [asked, query = ''] = (request.url ?? '').split('?');
    if (asked !== `/${secret}`) {
      response.writeHead(404).end();
      return;
    }
    const headers = {
      location: `${origin}/?${query}`,
      // Its older versions know no suffix.
      'set-cookie': [`-${suffix}`, ''].map(
        (end) => `code-server-session${end}=${session}; Path=/; HttpOnly; SameSite=Lax`,
      ),
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    };
    response.writeHead(302, headers).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${secret}`,
    env: { HASHED_PASSWORD: session, CODE_SERVER_COOKIE_SUFFIX: suffix },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
