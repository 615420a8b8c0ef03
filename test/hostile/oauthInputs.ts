import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { seededRandom } from '../faults/seededRandom';
import { largeJson, mutated, nestedJson, ODD_JSON, whole, type Plan, type Templates } from './hostileInput';

const JSON_TYPE = { 'content-type': 'application/json' };
const PLACES = {
  metadata: '/.well-known/oauth-authorization-server',
  registration: '/oauth/register',
  token: '/oauth/token',
} as const;
type Place = keyof typeof PLACES;
const placeOf = (random: { pick<T>(from: readonly [T, ...T[]]): T }): Place =>
  random.pick(Object.keys(PLACES) as unknown as readonly [Place]);

/** One endpoint answers like this; the others are good, for as far as a sign-in gets without a user. */
const answering = (place: Place, answer: (response: ServerResponse, base: string) => void): Plan => ({
  from: 'start',
  begin: ({ front }) => {
    front.rest = (request, response) => {
      const path = (request.url ?? '').replace(/\?.*/, '');
      request.resume();
      response.on('error', () => response.destroy());
      if (path.startsWith(PLACES[place])) answer(response, front.url);
      else if (path.startsWith(PLACES.token)) response.writeHead(200, JSON_TYPE).end(GOOD.token(front.url));
      else return false;
      return true;
    };
  },
});

const GOOD: Readonly<Record<Place, (base: string) => string>> = {
  metadata: (base) =>
    JSON.stringify({
      issuer: base,
      authorization_endpoint: `${base}/oauth/authorize`,
      token_endpoint: `${base}/oauth/token`,
      registration_endpoint: `${base}/oauth/register`,
      revocation_endpoint: `${base}/oauth/revoke`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'none'],
    }),
  registration: () => '{"client_id":"id","client_secret":"secret","client_secret_expires_at":0}',
  token: () => '{"access_token":"access","refresh_token":"refresh","token_type":"bearer","expires_in":7200}',
};

const FIELDS: Readonly<Record<Place, readonly [string, ...string[]]>> = {
  metadata: [
    ...(['issuer', 'authorization_endpoint', 'token_endpoint', 'registration_endpoint'] as const),
    ...['revocation_endpoint', 'token_endpoint_auth_methods_supported'],
  ],
  registration: ['client_id', 'client_secret', 'client_secret_expires_at', 'token_endpoint_auth_method'],
  token: ['access_token', 'refresh_token', 'token_type', 'expires_in', 'scope', 'id_token'],
};

const VALUES = [
  ...[
    '"http://"',
    '"javascript:alert(1)"',
    '"http://127.0.0.1:1/x"',
    '"file:///etc/passwd"',
    '"//x"',
    '"\\n"',
    '""',
    '"a b"',
  ],
  ...[
    '"\\u20ac"',
    '"x\\r\\nAuthorization: y"',
    '1e308',
    '-1',
    '0',
    '1',
    '1e-300',
    '"7200"',
    '"x"',
    'long',
    'deep',
    '[]',
    '{}',
    'null',
  ],
] as unknown as readonly [string];

export const OAUTH_INPUTS: Templates = {
  'oauth.field': {
    area: 'oauth',
    draw: (random) => {
      const place = placeOf(random);
      return { place, field: random.pick(FIELDS[place]), value: random.pick(VALUES) };
    },
    plan: ({ place, field, value }) =>
      answering(place as Place, (response, base) => {
        const body = JSON.parse(GOOD[place as Place](base)) as Record<string, unknown>;
        const given =
          value === 'long'
            ? `"${'t'.repeat(200_000)}"`
            : value === 'deep'
              ? nestedJson(3_000, 'mixed')
              : String(value);
        body[String(field)] = '@';
        response.writeHead(place === 'registration' ? 201 : 200, JSON_TYPE);
        response.end(JSON.stringify(body).replace('"@"', () => given));
      }),
  },
  'oauth.error': {
    area: 'oauth',
    draw: (random) => ({
      place: placeOf(random),
      status: random.pick([400, 401, 403, 404, 429, 500, 503]),
      error: random.pick([
        'invalid_grant',
        'invalid_request',
        'x'.repeat(1_000),
        '',
        'error: :',
        '\u001b[31m',
      ]),
      chars: random.pick([0, 1_000, 200_000, 900_000]),
      retryAfter: random.pick(['absent', '1000000000000', '-1', 'soon']),
    }),
    plan: ({ place, status, error, chars, retryAfter }) =>
      answering(place as Place, (response) => {
        response.writeHead(Number(status), {
          ...JSON_TYPE,
          ...(retryAfter !== 'absent' && { 'retry-after': String(retryAfter) }),
        });
        const error_description = 'token="secret=eyJ '.repeat(Number(chars) / 18);
        response.end(JSON.stringify({ error, error_description }));
      }),
  },
  'oauth.mutated': {
    area: 'oauth',
    draw: (random) => ({ place: placeOf(random), seed: whole(random, 1, 1e9) }),
    plan: ({ place, seed }) => {
      const random = seededRandom(Number(seed));
      return answering(place as Place, (response, base) => {
        response.writeHead(200, JSON_TYPE).end(mutated(GOOD[place as Place](base), random));
      });
    },
  },
  'oauth.body': {
    area: 'oauth',
    draw: (random) => ({
      place: placeOf(random),
      kind: random.pick([
        'odd',
        'deep',
        'large',
        'html',
        'bomb',
        'never',
        'reset',
        'redirect',
        'endless',
        'garbage',
      ] as const),
      odd: whole(random, 0, ODD_JSON.length - 1),
    }),
    plan: ({ place, kind, odd }) => {
      const bodies: Record<string, () => string> = {
        odd: () => ODD_JSON[Number(odd)] ?? '',
        deep: () => nestedJson(100_000, 'mixed'),
        large: () => largeJson(8, 'objects'),
        html: () => '<html>',
      };
      return answering(place as Place, (response) => {
        switch (kind) {
          case 'never':
            break;
          case 'reset':
            response.req.socket.resetAndDestroy();
            break;
          case 'garbage':
            response.req.socket.end('\u0000\u0001garbage');
            break;
          case 'redirect':
            response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end();
            break;
          case 'bomb':
            response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(packedSpaces());
            break;
          case 'endless': {
            response.writeHead(200, JSON_TYPE);
            const timer = setInterval(() => response.write(' '.repeat(10_000)), 1);
            response.on('close', () => clearInterval(timer));
            break;
          }
          default:
            response.writeHead(200, JSON_TYPE).end(bodies[String(kind)]?.());
        }
      });
    },
  },
};

let packed: Buffer | undefined;
const packedSpaces = (): Buffer => (packed ??= gzipSync(Buffer.alloc(100 * 2 ** 20, 0x20)));
