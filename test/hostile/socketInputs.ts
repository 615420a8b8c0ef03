import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { seededRandom } from '../faults/seededRandom';
import { phoenixOver, webSocketFrame, type RawWebSocket } from './rawWebSocket';
import { largeJson, whole, type Plan, type Templates } from './hostileInput';

/** Upgrades are answered like this until the end of the input. */
const upgraded = (
  answer: (request: IncomingMessage, socket: Socket) => void,
  more: Partial<Plan> = {},
): Plan => ({
  from: 'start',
  begin: ({ front, backend }) => {
    front.upgrade = (request, socket) => {
      answer(request, socket);
      return true;
    };
    backend.control.dropSockets();
  },
  ...more,
});

/** Bytes that follow a join which went well. */
const afterJoin = (send: (raw: RawWebSocket) => void, more: Partial<Plan> = {}): Plan =>
  upgraded((request, socket) => void phoenixOver(socket, request, { joined: send }), {
    watchMs: 900,
    ...more,
  });

const HEADERS: Readonly<Record<string, string>> = {
  none: '',
  retryAfter: 'Retry-After: 3600',
  retryAfterHuge: 'Retry-After: 1000000000000',
  retryAfterNegative: 'Retry-After: -5',
  retryAfterText: 'Retry-After: soon',
  retryAfterDate: 'Retry-After: Fri, 31 Dec 9999 23:59:59 GMT',
  location: 'Location: http://127.0.0.1:1/',
  challenge: `WWW-Authenticate: Bearer ${'error="x", '.repeat(500)}`,
};

const RETRY_AFTER = [
  '1e12',
  '-1',
  '"text"',
  '"1000000000000"',
  '1e999',
  'null',
  '{}',
  '[5]',
  '0',
  '0.001',
  '3',
];

export const SOCKET_INPUTS: Templates = {
  'upgrade.status': {
    area: 'channel',
    draw: (random) => ({
      status: random.pick([
        100, 200, 204, 301, 304, 400, 401, 403, 404, 407, 418, 426, 429, 500, 503, 599, 999, 0,
      ]),
      header: random.pick(Object.keys(HEADERS) as [string]),
      from: random.pick(['start', 'live']),
    }),
    plan: ({ status, header, from }) =>
      upgraded(
        (_, socket) => {
          const line = HEADERS[String(header)] ?? '';
          socket.end(
            `HTTP/1.1 ${String(status).padStart(3, '0')} Odd\r\n${line && `${line}\r\n`}Content-Length: 0\r\n\r\n`,
          );
        },
        { from: from === 'live' ? 'live' : 'start', watchMs: 700 },
      ),
  },
  'upgrade.bytes': {
    area: 'channel',
    draw: (random) => ({
      kind: random.pick([
        ...['garbage', 'nothing', 'close', 'endlessHeader', 'http2', 'trickle', 'wrongAccept', 'noAccept'],
        ...['deflate', 'extension', 'protocol', 'tls', 'manyHeaders'],
      ] as unknown as [string]),
    }),
    plan: ({ kind }) =>
      upgraded(
        (request, socket) => {
          const accepted = (...headers: string[]) => phoenixOver(socket, request, { headers });
          const trickled = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n';
          switch (kind) {
            case 'garbage':
              socket.end(Buffer.from(Array.from({ length: 5_000 }, (_, n) => (n * 7) % 256)));
              break;
            case 'close':
              socket.destroy();
              break;
            case 'endlessHeader':
              socket.write(`HTTP/1.1 101 Switching Protocols\r\nX: ${'a'.repeat(5_000_000)}`);
              break;
            case 'manyHeaders':
              socket.write(`HTTP/1.1 101 Switching Protocols\r\n${'X: a\r\n'.repeat(100_000)}`);
              break;
            case 'http2':
              socket.end('HTTP/2.0 101 Switching Protocols\r\n\r\n');
              break;
            case 'trickle': {
              let at = 0;
              const timer = setInterval(() => socket.write(trickled[at++ % trickled.length] ?? ''), 20);
              socket.on('close', () => clearInterval(timer));
              break;
            }
            case 'wrongAccept':
              socket.write(`${trickled}Connection: Upgrade\r\nSec-WebSocket-Accept: bm90IGl0\r\n\r\n`);
              break;
            case 'noAccept':
              socket.write(`${trickled}Connection: Upgrade\r\n\r\n`);
              break;
            case 'deflate':
              accepted('Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover');
              break;
            case 'extension':
              accepted('Sec-WebSocket-Extensions: x; y="\\', 'Sec-WebSocket-Extensions: ,,,');
              break;
            case 'protocol':
              accepted('Sec-WebSocket-Protocol: evil');
              break;
            case 'tls':
              socket.end(Buffer.from('1503010002022816', 'hex'));
              break;
            default:
          }
        },
        { watchMs: 800 },
      ),
  },
  'join.refused': {
    area: 'channel',
    draw: (random) => ({
      retryAfter: random.pick(['absent', ...RETRY_AFTER] as unknown as [string]),
      reason: random.pick([
        ...[
          '"x"',
          '"text"',
          'null',
          '{"a":1}',
          '["unmatched topic"]',
          '"unmatched topic"',
          '"\\u001b[31mred\\u202e"',
        ],
        ...['"invalid topic"', '"unauthorized"', '5'],
      ] as unknown as [string]),
      chars: random.pick([1, 1_000, 200_000]),
      status: random.pick(['error', 'error', 'error', 'timeout', 'odd', '__proto__']),
      from: random.pick(['start', 'live']),
    }),
    plan: ({ retryAfter, reason, chars, status, from }) =>
      upgraded(
        (request, socket) => {
          const text = reason === '"x"' ? `"${'token=eyJ '.repeat(Number(chars) / 10)}"` : String(reason);
          const wait = retryAfter === 'absent' ? '' : `,"retry_after":${retryAfter}`;
          phoenixOver(socket, request, {
            join: (joinRef, ref, topic) =>
              `["${joinRef}","${ref}","${topic}","phx_reply",{"status":"${status}","response":{"reason":${text}${wait}}}]`,
          });
        },
        { from: from === 'live' ? 'live' : 'start', watchMs: 1_000 },
      ),
  },
  'join.reply': {
    area: 'channel',
    draw: (random) => ({
      kind: random.pick([
        'never',
        'twice',
        'null',
        'array',
        'large',
        'close',
        'error',
        'otherTopic',
        'numberRef',
        'noStatus',
      ]),
    }),
    plan: ({ kind }) =>
      upgraded(
        (request, socket) => {
          phoenixOver(socket, request, {
            join: (joinRef, ref, topic) => {
              const reply = (response: string, of = topic) =>
                `["${joinRef}","${ref}","${of}","phx_reply",{"status":"ok","response":${response}}]`;
              switch (kind) {
                case 'never':
                  return undefined;
                case 'null':
                  return reply('null');
                case 'array':
                  return reply('[1,2]');
                case 'large':
                  return reply(largeJson(4, 'objects'));
                case 'close':
                  return `["${joinRef}","${ref}","${topic}","phx_close",{}]`;
                case 'error':
                  return `["${joinRef}","${ref}","${topic}","phx_error",{"source":"transport","reason":"x"}]`;
                case 'otherTopic':
                  return reply('{}', 'vscode:user:2');
                case 'numberRef':
                  return `[${joinRef},${ref},"${topic}","phx_reply",{"status":"ok","response":{}}]`;
                case 'noStatus':
                  return `["${joinRef}","${ref}","${topic}","phx_reply",{}]`;
                default:
                  return reply('{}');
              }
            },
            joined: (raw, topic) => {
              if (kind === 'twice')
                raw.send(`["1","1","${topic}","phx_reply",{"status":"error","response":{}}]`);
            },
          });
        },
        { watchMs: 900 },
      ),
  },
  'bytes.frame': {
    area: 'channel',
    draw: (random) => ({
      kind: random.pick([
        ...[
          'reserved',
          'compressed',
          'opcode',
          'masked',
          'utf8',
          'binary',
          'emptyText',
          'claimsHuge',
          'claimsMax',
        ],
        ...['controlLong', 'controlFragment', 'continuation', 'interleaved', 'garbage', 'cut', 'surrogates'],
      ] as unknown as [string]),
      times: random.pick([1, 1, 50]),
      seed: whole(random, 1, 1e9),
    }),
    plan: ({ kind, times, seed }) => {
      const random = seededRandom(Number(seed));
      const bytes = Buffer.from(Array.from({ length: 300 }, () => whole(random, 0, 255)));
      return afterJoin(
        (raw) => {
          for (let n = 0; n < Number(times); n += 1) {
            switch (kind) {
              case 'reserved':
                raw.send('{}', { reserved: random.pick([0x10, 0x20, 0x70]) });
                break;
              case 'compressed':
                raw.send(bytes, { reserved: 0x40 });
                break;
              case 'opcode':
                raw.send('{}', { opcode: whole(random, 3, 7) });
                break;
              case 'masked':
                raw.send('{}', { masked: true });
                break;
              case 'utf8':
                raw.send(Buffer.from([0x22, 0xff, 0xfe, 0x22]));
                break;
              case 'binary':
                raw.send(bytes, { opcode: 2 });
                break;
              case 'emptyText':
                raw.send('');
                break;
              case 'claimsHuge':
                raw.send('{}', { claims: 2 ** 40 });
                break;
              case 'claimsMax':
                raw.send('{}', { claims: 60_000_000 });
                break;
              case 'controlLong':
                raw.send('p'.repeat(200), { opcode: 9 });
                break;
              case 'controlFragment':
                raw.send('p', { opcode: 9, fin: false });
                break;
              case 'continuation':
                raw.send('x', { opcode: 0 });
                break;
              case 'interleaved':
                raw.send('[', { fin: false });
                raw.send('[', { opcode: 1 });
                break;
              case 'cut':
                raw.socket.end(webSocketFrame('x'.repeat(1000)).subarray(0, 500));
                break;
              case 'surrogates':
                raw.send(
                  '[null,null,"vscode:user:1","session_updated",{"id":1,"status":"\\ud800\\udc00\\ud800"}]',
                );
                break;
              default:
                raw.socket.write(bytes);
            }
          }
        },
        { truth: 'lies' },
      );
    },
  },
  'bytes.flood': {
    area: 'channel',
    draw: (random) => ({
      kind: random.pick(['ping', 'pong', 'fragments', 'emptyFragments', 'large', 'fragmentedLarge']),
      count: random.pick([1_000, 20_000, 100_000]),
    }),
    plan: ({ kind, count }) =>
      afterJoin(
        (raw) => {
          const many = (frame: Buffer, times = Number(count)) =>
            raw.socket.write(Buffer.concat(Array.from({ length: times }, () => frame)));
          if (kind === 'ping') many(webSocketFrame('p', { opcode: 9 }));
          else if (kind === 'pong') many(webSocketFrame('p', { opcode: 10 }));
          else if (kind === 'large') raw.send(Buffer.alloc(70 * 2 ** 20, 0x20));
          else {
            const piece = kind === 'emptyFragments' ? '' : kind === 'fragments' ? '[' : ' '.repeat(65_536);
            raw.send(piece, { fin: false });
            many(
              webSocketFrame(piece, { opcode: 0, fin: false }),
              kind === 'fragmentedLarge' ? 1_100 : Number(count),
            );
          }
        },
        { truth: 'lies', megabytes: 8, watchMs: 1_500 },
      ),
  },
  'close.code': {
    area: 'channel',
    draw: (random) => ({
      code: random.pick([
        0, 999, 1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011, 1012, 1013, 1015, 2999, 3000,
        4999, 65535,
      ]),
      reason: random.pick(['none', 'long', 'binary']),
      after: random.pick(['join', 'handshake']),
    }),
    plan: ({ code, reason, after }) => {
      const payload = Buffer.alloc(2 + (reason === 'none' ? 0 : 100), reason === 'binary' ? 0xff : 0x61);
      payload.writeUInt16BE(Number(code));
      return upgraded(
        (request, socket) => {
          const raw = phoenixOver(socket, request, {
            joined: (joined) => after === 'join' && joined.send(payload, { opcode: 8 }),
          });
          if (after === 'handshake') raw.send(payload, { opcode: 8 });
        },
        { watchMs: 1_000 },
      );
    },
  },
  'token.renewal': {
    area: 'channel',
    draw: (random) => ({ renewInMs: random.pick([-1, 0, 1, 50, 1e12, 1e308, 2 ** 31]) }),
    plan: ({ renewInMs }) => ({
      from: 'start',
      renewInMs: Number(renewInMs),
      begin: () => {},
      watchMs: 2_000,
    }),
  },
};
