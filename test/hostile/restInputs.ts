import { seededRandom } from '../faults/seededRandom';
import { mutated, nestedJson, whole, type Templates } from './hostileInput';
import { answering, from, isApi, isList, isSession, JSON_TYPE, listOf, place, raw } from './restAnswers';

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
};
