import { gzipSync } from 'node:zlib';
import { packedBomb, PACKINGS } from './packedBomb';
import { largeJson, SHAPES, type Templates } from './hostileInput';
import { answering, every, from, isList, JSON_TYPE, listOf, place } from './restAnswers';

export const REST_SIZE_INPUTS: Templates = {
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
          headers: { ...JSON_TYPE, 'content-encoding': PACKINGS[String(kind)] ?? 'gzip' },
          body: packedBomb(String(kind), Number(megabytes)),
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
};
