import { seededRandom } from '../faults/seededRandom';
import { whole, type Templates } from './hostileInput';
import { phoenixOver, webSocketFrame } from './rawWebSocket';
import { afterJoin, upgraded } from './upgradeAnswers';

export const BYTE_INPUTS: Templates = {
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
