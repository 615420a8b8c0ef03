import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Plan, Site } from './hostileInput';

type Body = string | Buffer | ((response: ServerResponse) => void);

interface Result {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Body;
}

export const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
export const isList = ({ url = '' }: IncomingMessage) => /^\/api\/sessions(\?|$)/.test(url);
export const isSession = ({ url = '' }: IncomingMessage) => /^\/api\/sessions\/./.test(url);
export const isMe = ({ url = '' }: IncomingMessage) => url.startsWith('/api/me');
export const isApi = ({ url = '' }: IncomingMessage) => url.startsWith('/api');

/** Requests of that kind are answered like this until the end of the input. */
export function answering(
  concerns: (request: IncomingMessage) => boolean,
  answerOf: (site: Site) => Result,
  more: Partial<Plan> = {},
): Plan {
  return {
    from: 'start',
    truth: 'lies',
    asked: true,
    begin: (site) => {
      const { status = 200, headers = JSON_TYPE, body } = answerOf(site);
      site.front.rest = (request, response) => {
        if (!concerns(request)) return false;
        request.resume();
        response.on('error', () => response.destroy());
        response.writeHead(status, headers);
        if (typeof body === 'function') body(response);
        else response.end(body);
        return true;
      };
    },
    ...more,
  };
}

/** Bytes instead of HTTP, as a function of the connection. */
export const raw = (
  concerns: (request: IncomingMessage) => boolean,
  write: (request: IncomingMessage) => void,
): Plan => ({
  from: 'start',
  begin: ({ front }) => {
    front.rest = (request) => {
      if (!concerns(request)) return false;
      write(request);
      return true;
    };
  },
});

export const listOf = ({ backend }: Site): string =>
  JSON.stringify({ data: backend.control.dump(1).sessions });
export const place = (random: { pick<T>(from: readonly [T, ...T[]]): T }) =>
  random.pick(['start', 'live'] as const);
export const from = (value: unknown): Plan['from'] => (value === 'live' ? 'live' : 'start');
export const every = (response: ServerResponse, ms: number, next: () => string | Buffer) => {
  const timer = setInterval(() => response.write(next()), ms);
  response.on('close', () => clearInterval(timer));
};
