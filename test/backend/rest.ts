import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import {
  BAD_REQUEST,
  detail,
  NOT_ACCEPTABLE,
  ROUTE_NOT_FOUND,
  unauthorized,
  type RestResponse,
} from './answer';
import type { Contract } from './contract';
import type { OAuth, OAuthRequest } from './oauth/oauth';
import type { RestFault, RestFaults } from './restFaults';
import { ROUTES, type RouteName } from './routes';
import type { Stats } from './stats';
import type { Timers } from './timers';
import type { Tokens } from './tokens';
import type { User, World } from './world';

const CLOSING_STATUSES = new Set([400, 406, 500]);

export interface RestParts {
  world: World;
  tokens: Tokens;
  oauth: OAuth;
  contract: Contract;
  faults: RestFaults;
  stats: Stats;
  timers: Timers;
}

export function createRest(parts: RestParts): RequestListener {
  const { world, contract, oauth, stats, timers } = parts;

  return (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => response.destroy());
    request.on('end', () => handle(request, response, Buffer.concat(chunks).toString()));
  };

  function handle(request: IncomingMessage, response: ServerResponse, text: string): void {
    const method = request.method ?? 'GET';
    const url = new URL(`http://server${request.url}`);
    const route = findRoute(contract.routes, method, url.pathname);
    const path = route ? patternOf(route.name) : url.pathname;
    const { redirectTo } = parts.faults;
    const isSignIn = oauth.serves(url.pathname);
    const faults = isSignIn ? oauth.faults : parts.faults;
    const fault = redirectTo === undefined ? faults.take(method, path) : undefined;
    const record = {
      route: `${method} ${path}`,
      url: request.url ?? '/',
      token: bearerToken(request) ?? null,
    };
    if (fault?.status === 'reset' || fault?.status === 'hang') {
      if (fault.status === 'reset') cut(request);
      stats.requested({ ...record, status: fault.status });
      return;
    }
    const answer = answerOf();
    if (answer.lost) cut(request);
    stats.requested({ ...record, status: answer.lost ? 'reset' : answer.status });
    if (answer.lost) return;
    if (faults.slowMs > 0) timers.after(faults.slowMs, () => send(response, answer));
    else send(response, answer);

    function answerOf(): RestResponse {
      if (redirectTo !== undefined) return moved(redirectTo, request);
      if (fault) return faultAnswer(request, fault);
      if (isSignIn) return oauth.answerTo(oauthRequest(request, url, text));
      return answerTo(request, url, route, text);
    }
  }

  function answerTo(
    request: IncomingMessage,
    url: URL,
    route: FoundRoute | undefined,
    text: string,
  ): RestResponse {
    if (!route) return ROUTE_NOT_FOUND;
    const body = parseBody(text);
    if (!body) return BAD_REQUEST;
    if (!/json|\*\/\*|application\/\*|^$/.test(request.headers.accept ?? '')) return NOT_ACCEPTABLE;
    const user = authenticate(request);
    if ('status' in user) return user;
    const { name, params } = route;
    const { generation } = contract;
    return ROUTES[name]({ user, params, query: url.searchParams, body, world, generation });
  }

  function authenticate(request: IncomingMessage): User | RestResponse {
    const host = request.headers.host ?? '';
    const token = bearerToken(request);
    if (token === undefined) {
      return unauthorized(host, 'invalid_request', 'The request is missing a required Authorization header');
    }
    const check = parts.tokens.check(token);
    if (check.verdict === 'valid') return world.user(check.userId);
    const problem = check.verdict === 'expired' ? 'expired or invalid' : 'invalid';
    return unauthorized(host, 'invalid_token', `The access token is ${problem}`);
  }
}

interface FoundRoute {
  name: RouteName;
  params: Record<string, string>;
}

function findRoute(names: readonly RouteName[], method: string, path: string): FoundRoute | undefined {
  const given = path.split('/');
  for (const name of names) {
    const wanted = patternOf(name).split('/');
    if (!name.startsWith(`${method} `) || wanted.length !== given.length) continue;
    const params: Record<string, string> = {};
    const matches = wanted.every((part, index) => {
      if (part.startsWith(':')) params[part.slice(1)] = given[index] ?? '';
      return part.startsWith(':') || part === given[index];
    });
    if (matches) return { name, params };
  }
  return undefined;
}

function patternOf(name: RouteName): string {
  return name.slice(name.indexOf(' ') + 1);
}

function bearerToken(request: IncomingMessage): string | undefined {
  return /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

function parseBody(text: string): Record<string, unknown> | undefined {
  if (text === '') return {};
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : { _json: body };
  } catch {
    return undefined;
  }
}

function oauthRequest(request: IncomingMessage, url: URL, text: string): OAuthRequest {
  const { method = 'GET', headers, socket } = request;
  const scheme = socket instanceof TLSSocket ? 'https' : 'http';
  const origin = `${scheme}://${headers.host ?? ''}`;
  return {
    method,
    url,
    origin,
    contentType: headers['content-type'] ?? '',
    cookies: headers.cookie ?? '',
    text,
  };
}

/** The status keeps method and body, so that a client that follows gives away all it sent. */
function moved(origin: string, request: IncomingMessage): RestResponse {
  return { status: 307, body: '', headers: { location: origin + (request.url ?? '/') } };
}

/** Only a connection without TLS can be reset. */
function cut({ socket }: IncomingMessage): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

function faultAnswer(request: IncomingMessage, { status, retryAfterS }: RestFault): RestResponse {
  if (status === 'html') {
    const page = '<!doctype html><title>Welcome</title><p>Sign in to the network</p>';
    return { status: 200, body: page, headers: { 'content-type': 'text/html; charset=utf-8' } };
  }
  if (status === 401) {
    return unauthorized(request.headers.host ?? '', 'invalid_token', 'The access token is invalid');
  }
  const answer = detail(Number(status), `Status ${status}`);
  return retryAfterS === undefined ? answer : { ...answer, headers: { 'retry-after': String(retryAfterS) } };
}

function send(response: ServerResponse, { status, body, headers }: RestResponse): void {
  if (response.destroyed) return;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, {
    'cache-control': 'max-age=0, private, must-revalidate',
    vary: 'accept-encoding',
    ...(typeof body === 'string' ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  const { socket } = response.req;
  // The server drops the kept-alive connection without having announced it: the next pooled request is reset.
  response.end(text, () => CLOSING_STATUSES.has(status) && socket.destroy());
}
