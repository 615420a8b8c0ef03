import type { IncomingMessage, ServerResponse } from 'node:http';
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import { seededRandom } from '../faults/seededRandom';
import {
  largeJson,
  mutated,
  nestedJson,
  ODD_JSON,
  SHAPES,
  whole,
  type Plan,
  type Site,
  type Templates,
} from './hostileInput';

type Body = string | Buffer | ((response: ServerResponse) => void);

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Body;
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const isList = ({ url = '' }: IncomingMessage) => /^\/api\/sessions(\?|$)/.test(url);
const isSession = ({ url = '' }: IncomingMessage) => /^\/api\/sessions\/./.test(url);
const isMe = ({ url = '' }: IncomingMessage) => url.startsWith('/api/me');
const isApi = ({ url = '' }: IncomingMessage) => url.startsWith('/api');

/** Requests of that kind are answered like this until the end of the input. */
function answering(
  concerns: (request: IncomingMessage) => boolean,
  answerOf: (site: Site) => Answer,
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
const raw = (
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

const listOf = ({ backend }: Site): string => JSON.stringify({ data: backend.control.dump(1).sessions });
const place = (random: { pick<T>(from: readonly [T, ...T[]]): T }) => random.pick(['start', 'live'] as const);
const from = (value: unknown): Plan['from'] => (value === 'live' ? 'live' : 'start');
const every = (response: ServerResponse, ms: number, next: () => string | Buffer) => {
  const timer = setInterval(() => response.write(next()), ms);
  response.on('close', () => clearInterval(timer));
};

const bombs = new Map<string, Buffer>();
/** Packed so small that it is the unpacking that costs. */
function bomb(kind: string, megabytes: number): Buffer {
  const key = `${kind} ${megabytes}`;
  const held = bombs.get(key);
  if (held) return held;
  const plain = Buffer.alloc(megabytes * 2 ** 20, kind === 'digits' ? '1' : ' ');
  const head = Buffer.from('{"data":[');
  const text = kind === 'spaces' ? plain : Buffer.concat([head, plain]);
  const packed =
    kind === 'brotli'
      ? brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } })
      : kind === 'deflate'
        ? deflateSync(text)
        : kind === 'twice'
          ? gzipSync(gzipSync(text))
          : gzipSync(text);
  bombs.set(key, packed);
  return packed;
}

const ENCODINGS: Readonly<Record<string, string>> = { brotli: 'br', deflate: 'deflate', twice: 'gzip, gzip' };

export const REST_INPUTS: Templates = {
  'rest.status': {
    area: 'rest',
    draw: (random) => ({
      status: random.pick([
        201, 204, 206, 226, 300, 302, 304, 307, 400, 401, 402, 404, 406, 409, 410, 422, 429, 451, 500, 501,
        502, 503, 504, 511, 599, 999,
      ]),
      retryAfter: random.pick([
        'absent',
        '1000000000000',
        '-5',
        'soon',
        'Fri, 31 Dec 9999 23:59:59 GMT',
        '0',
        '1e9',
        ' 7 ',
      ]),
      body: random.pick([
        '',
        '{}',
        'null',
        '<html>',
        '{"error":"invalid_token","error_description":"x"}',
        '{"data":[]}',
      ]),
      from: place(random),
      all: random() < 0.5,
    }),
    plan: ({ status, retryAfter, body, from: at, all }) =>
      answering(
        all ? isApi : isList,
        () => ({
          status: Number(status),
          headers: {
            ...JSON_TYPE,
            ...(retryAfter !== 'absent' && { 'retry-after': String(retryAfter) }),
            ...([300, 302, 307].includes(Number(status)) && { location: 'http://127.0.0.1:1/' }),
          },
          body: String(body),
        }),
        { from: from(at) },
      ),
  },
  'rest.contentType': {
    area: 'rest',
    draw: (random) => ({
      type: random.pick([
        'text/html',
        'TEXT/HTML; charset=x',
        'text/plain',
        'image/png',
        'application/json; charset=utf-16',
        '',
        ';;;',
        'x'.repeat(10_000),
      ]),
      from: place(random),
    }),
    plan: ({ type, from: at }) =>
      answering(isList, (site) => ({ headers: { 'content-type': String(type) }, body: listOf(site) }), {
        from: from(at),
        truth: 'server',
      }),
  },
  'rest.shape': {
    area: 'rest',
    draw: (random) => ({
      body: random.pick([
        ...[
          '',
          'null',
          '[]',
          '{}',
          '{"data":null}',
          '{"data":{}}',
          '{"data":[[]]}',
          '{"data":[1,"x",null,{}]}',
          '7',
          '"x"',
        ],
        ...[
          '{"data":[',
          '{"data":[{"id":1}',
          '{"data":[]}x',
          '{"data":[{"id":1},]}',
          '{"data":[,]}',
          '\ufeff{"data":[]}',
        ],
        ...[
          '{"data":[{"id":1},{"id":1},{"id":"1"}]}',
          '{"errors":{}}',
          '{"data":[{"id":{}},{"id":"\\ud800"}]}',
          '\u0000',
        ],
      ] as unknown as [string]),
      from: place(random),
    }),
    plan: ({ body, from: at }) => answering(isList, () => ({ body: String(body) }), { from: from(at) }),
  },
  'rest.encoding': {
    area: 'rest',
    draw: (random) => ({
      kind: random.pick(['utf16', 'latin1', 'invalid', 'bom', 'nul', 'surrogates']),
      from: place(random),
    }),
    plan: ({ kind, from: at }) =>
      answering(
        isList,
        (site) => {
          const text = listOf(site);
          const bodies: Record<string, Buffer> = {
            utf16: Buffer.from(text, 'utf16le'),
            latin1: Buffer.from(text.replace('claude', 'cläude'), 'latin1'),
            invalid: Buffer.concat([
              Buffer.from('{"data":[{"id":"'),
              Buffer.from([0xff, 0xc0, 0x80]),
              Buffer.from('"}]}'),
            ]),
            bom: Buffer.from(`\ufeff${text}`),
            nul: Buffer.from(`{"data":[{"id":1,"status":"\u0000"}]}`),
            surrogates: Buffer.from('{"data":[{"id":"\\udc00\\ud800","status":"\\ud800"},{"id":2}]}'),
          };
          return { body: bodies[String(kind)] ?? '' };
        },
        { from: from(at) },
      ),
  },
  'rest.mutated': {
    area: 'rest',
    draw: (random) => ({
      seed: whole(random, 1, 1e9),
      what: random.pick(['list', 'session']),
      from: place(random),
    }),
    plan: ({ seed, what, from: at }) => {
      const random = seededRandom(Number(seed));
      return what === 'list'
        ? answering(isList, (site) => ({ body: mutated(listOf(site), random) }), { from: from(at) })
        : answering(
            (request) => isList(request) || isSession(request),
            (site) => {
              const [session] = site.backend.control.dump(1).sessions;
              return { body: mutated(JSON.stringify({ data: session }), random) };
            },
            { from: from(at) },
          );
    },
  },
  'rest.deep': {
    area: 'rest',
    draw: (random) => ({
      depth: random.pick([64, 65, 3_000, 50_000, 500_000]),
      kind: random.pick(['array', 'object', 'mixed']),
      where: random.pick(['state', 'data', 'element', 'root', 'tail']),
      from: place(random),
    }),
    plan: ({ depth, kind, where, from: at }) =>
      answering(
        isList,
        () => {
          const deep = nestedJson(Number(depth), String(kind));
          const bodies: Record<string, string> = {
            state: `{"data":[{"id":1,"state":${deep}},{"id":2}]}`,
            data: `{"data":[{"id":1,"interactions":[{"id":"a","result":{"data":${deep}}}]}]}`,
            element: `{"data":[${deep}]}`,
            root: deep,
            tail: `{"data":[{"id":1}],"more":${deep}}`,
          };
          return { body: bodies[String(where)] ?? '' };
        },
        { from: from(at), megabytes: Number(depth) / 150_000, watchMs: 700 },
      ),
  },
  'rest.large': {
    area: 'rest',
    draw: (random) => ({
      megabytes: random.pick([1, 4, 8, 8, 20]),
      shape: random.pick(SHAPES),
      where: random.pick(['state', 'data', 'list', 'root', 'before', 'tail']),
      from: place(random),
    }),
    plan: ({ megabytes, shape, where, from: at }) =>
      answering(
        isList,
        () => {
          const large = largeJson(Number(megabytes), String(shape));
          const bodies: Record<string, string> = {
            state: `{"data":[{"id":1,"state":${large}}]}`,
            data: `{"data":[{"id":1,"interactions":[{"id":"a","result":{"data":${large},"stdout":${large}}}]}]}`,
            list: `{"data":${large}}`,
            root: large,
            before: `{"before":${large},"data":[]}`,
            tail: `{"data":[],"after":${large}}`,
          };
          return { body: bodies[String(where)] ?? '' };
        },
        { from: from(at), megabytes: Number(megabytes), watchMs: 2_000 },
      ),
  },
  'rest.manySessions': {
    area: 'rest',
    draw: (random) => ({
      count: random.pick([5_000, 20_001, 30_000]),
      kilobytes: random.pick([0.1, 1]),
      from: place(random),
    }),
    plan: ({ count, kilobytes, from: at }) =>
      answering(
        isList,
        () => {
          const text = 'z'.repeat(Number(kilobytes) * 1024);
          const one = (n: number) =>
            `{"id":"many-${n}","status":"active","project_id":101,"user_id":1,"state":"${text}"}`;
          return { body: `{"data":[${Array.from({ length: Number(count) }, (_, n) => one(n)).join(',')}]}` };
        },
        {
          from: from(at),
          megabytes: 8,
          watchMs: 2_500,
          ...(Number(count) > 20_000 && { says: ['tooLarge' as const] }),
        },
      ),
  },
  'rest.manyInteractions': {
    area: 'rest',
    draw: (random) => ({
      count: random.pick([2_001, 20_000, 100_000]),
      sessions: random.pick([1, 5]),
      from: place(random),
    }),
    plan: ({ count, sessions, from: at }) =>
      answering(
        isList,
        () => {
          const interactions = `${'{"id":"a","result":{"code":1,"stdout":"x"},"command":{"command":"y"}},'.repeat(Number(count))}{}`;
          const one = (n: number) => `{"id":${n + 1},"status":"active","interactions":[${interactions}]}`;
          return {
            body: `{"data":[${Array.from({ length: Number(sessions) }, (_, n) => one(n)).join(',')}]}`,
          };
        },
        { from: from(at), megabytes: (Number(count) * Number(sessions)) / 14_000, watchMs: 2_000 },
      ),
  },
  'rest.bomb': {
    area: 'rest',
    draw: (random) => ({
      kind: random.pick(['spaces', 'list', 'digits', 'brotli', 'deflate', 'twice']),
      megabytes: random.pick([65, 110]),
      from: place(random),
    }),
    plan: ({ kind, megabytes, from: at }) =>
      answering(
        isList,
        () => ({
          headers: { ...JSON_TYPE, 'content-encoding': ENCODINGS[String(kind)] ?? 'gzip' },
          body: bomb(String(kind), Number(megabytes)),
        }),
        {
          from: from(at),
          megabytes: Number(megabytes),
          watchMs: 2_500,
          says: ['tooLarge'],
        },
      ),
  },
  'rest.packing': {
    area: 'rest',
    draw: (random) => ({
      encoding: random.pick([
        'gzip',
        'br',
        'deflate',
        'x-odd',
        'gzip, x',
        'identity',
        Array(200).fill('gzip').join(','),
      ]),
      kind: random.pick(['plain', 'cut', 'damaged']),
      from: place(random),
    }),
    plan: ({ encoding, kind, from: at }) =>
      answering(
        isList,
        (site) => {
          const packed = gzipSync(listOf(site));
          if (kind === 'damaged') packed.fill(0x55, 20, 60);
          const body = kind === 'plain' ? listOf(site) : kind === 'cut' ? packed.subarray(0, 50) : packed;
          return { headers: { ...JSON_TYPE, 'content-encoding': String(encoding) }, body };
        },
        { from: from(at) },
      ),
  },
  'rest.slow': {
    area: 'rest',
    draw: (random) => ({
      kind: random.pick(['trickle', 'endless', 'stall', 'never', 'endlessSpaces', 'cut']),
      from: place(random),
    }),
    plan: ({ kind, from: at }) =>
      answering(
        isList,
        () => ({
          body: (response) => {
            let n = 0;
            if (kind === 'trickle')
              every(response, 20, () => '{"data":[{"id":1,"status":"active"},'[n++ % 35] ?? '');
            else if (kind === 'endless')
              every(response, 1, () => (n++ ? `{"id":"e${n}","status":"active"},` : '{"data":['));
            else if (kind === 'endlessSpaces') every(response, 1, () => ' '.repeat(65_536));
            else if (kind === 'stall') response.write('{"data":[{"id":1}');
            else if (kind === 'cut') {
              response.write('{"data":[{"id":1},');
              setTimeout(() => response.destroy(), 20);
            } else response.flushHeaders();
          },
        }),
        { from: from(at), watchMs: 1_200 },
      ),
  },
  'rest.bytes': {
    area: 'rest',
    draw: (random) => ({
      kind: random.pick([
        ...[
          'garbage',
          'nothing',
          'reset',
          'longHeader',
          'manyHeaders',
          'informational',
          'shortLength',
          'longLength',
        ],
        ...['negativeLength', 'twoLengths', 'badChunk', 'hugeChunk', 'noStatus', 'http09', 'nulHeader'],
      ] as unknown as [string]),
    }),
    plan: ({ kind }) =>
      raw(isApi, ({ socket }) => {
        const ok = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
        const answers: Record<string, string> = {
          garbage: '\u0001\u0002\u0003\u0004'.repeat(500),
          nothing: '',
          longHeader: `${ok}X: ${'a'.repeat(2_000_000)}\r\n\r\n`,
          manyHeaders: `${ok}${'X: a\r\n'.repeat(50_000)}\r\n`,
          informational: 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(20_000),
          shortLength: `${ok}Content-Length: 3\r\n\r\n{"data":[]}`,
          longLength: `${ok}Content-Length: 3000\r\n\r\n{"data":[]}`,
          negativeLength: `${ok}Content-Length: -1\r\n\r\n{"data":[]}`,
          twoLengths: `${ok}Content-Length: 3\r\nContent-Length: 11\r\n\r\n{"data":[]}`,
          badChunk: `${ok}Transfer-Encoding: chunked\r\n\r\nzz\r\n{"data":[]}\r\n`,
          hugeChunk: `${ok}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{"data":[]}`,
          noStatus: 'HTTP/1.1 \r\n\r\n',
          http09: '{"data":[]}',
          nulHeader: `${ok}X: \u0000\r\nContent-Length: 11\r\n\r\n{"data":[]}`,
        };
        if (kind === 'reset') socket.resetAndDestroy();
        else socket.end(answers[String(kind)] ?? '');
      }),
  },
  'rest.lookUp': {
    area: 'rest',
    draw: (random) => ({
      status: random.pick([200, 200, 204, 400, 401, 403, 429, 500, 503]),
      odd: whole(random, 0, ODD_JSON.length - 1),
    }),
    plan: ({ status, odd }) => {
      const plan = answering(isSession, () => ({
        status: Number(status),
        headers: { ...JSON_TYPE, 'retry-after': '1000000000000' },
        body: `{"data":${ODD_JSON[Number(odd)]}}`,
      }));
      return {
        ...plan,
        from: 'live',
        begin: (site) => {
          plan.begin(site);
          site.backend.control.createSession(1, { project_id: 102 });
          site.backend.control.dropSockets();
        },
        watchMs: 900,
      };
    },
  },
  'rest.userId': {
    area: 'rest',
    draw: (random) => ({
      source: random.pick(['me', 'session']),
      id: random.pick([
        ...[
          'long',
          '"\\ud800"',
          'null',
          '{}',
          '[1]',
          '1e308',
          '1e999',
          '""',
          '".."',
          '"1:2"',
          '"a b\\n"',
          '"__proto__"',
        ],
        ...['"%00"', '-1', 'true', '2'],
      ] as unknown as [string]),
    }),
    plan: ({ source, id }) => {
      const given = id === 'long' ? `"${'7'.repeat(200_000)}"` : String(id);
      return source === 'me'
        ? answering(isMe, () => ({ body: `{"id":${given},"email":${given}}` }), { opaqueToken: true })
        : answering(
            (request) => isMe(request) || isList(request),
            () => ({ body: `{"data":[{"id":1,"status":"active","user_id":${given}}]}` }),
            { opaqueToken: true },
          );
    },
  },
};
