import { largeJson, type Templates } from './hostileInput';
import { phoenixOver } from './rawWebSocket';
import { upgraded } from './upgradeAnswers';

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
};
