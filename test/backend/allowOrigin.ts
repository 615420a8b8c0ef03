import type { RequestListener } from 'node:http';

const ALLOWED = {
  'access-control-allow-methods': 'GET, POST, PUT',
  'access-control-allow-headers': 'authorization, content-type',
  'access-control-max-age': '600',
};

/** Lets the pages of this origin in, by CORS; without one nobody, as real servers do. */
export function allowOrigin(origin: string | undefined, serve: RequestListener): RequestListener {
  if (origin === undefined) return serve;
  return (request, response) => {
    response.setHeader('vary', 'origin');
    if (request.headers.origin === origin) {
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('access-control-expose-headers', 'www-authenticate, retry-after');
      if (request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined) {
        response.writeHead(204, ALLOWED).end();
        return;
      }
    }
    serve(request, response);
  };
}
