import { largeJson, ODD_JSON, SHAPES, whole, type Templates } from './hostileInput';
import { firstId, frame, pushed, TOPIC } from './pushedFrames';

export const FRAME_SIZE_INPUTS: Templates = {
  'server.interactions': {
    area: 'channel',
    draw: (random) => ({ count: random.pick([1_999, 2_000, 2_001, 10_000, 40_000]) }),
    plan: ({ count }) => ({
      from: 'live',
      megabytes: Number(count) / 12_000,
      begin: ({ backend: { control } }) => {
        const [session] = control.dump(1).sessions;
        const interactions = Array.from({ length: Number(count) }, (_, n) => ({
          id: `i${n}`,
          command: null,
          result: null,
          completed_at: null,
        }));
        control.updateSession(session?.id as number, { interactions });
      },
    }),
  },
  'frame.interactions': {
    area: 'channel',
    draw: (random) => ({ count: random.pick([2_001, 30_000, 100_000]), odd: whole(random, 0, 20) }),
    plan: ({ count, odd }) =>
      pushed(
        (site) => {
          const one = `{"id":"a","result":{"data":{"n":${ODD_JSON[Number(odd) % 17]}}},"command":{"command":"x"}}`;
          const interactions = `${`${one},`.repeat(Number(count))}${one}`;
          return [frame('session_updated', `{"id":${firstId(site)},"interactions":[${interactions}]}`)];
        },
        { megabytes: Number(count) / 15_000 },
      ),
  },
  'frame.large': {
    area: 'channel',
    draw: (random) => ({
      megabytes: random.pick([0.06, 0.3, 1, 4, 8, 8]),
      shape: random.pick(SHAPES),
      field: random.pick(['state', 'stdout', 'unknown', 'status', 'interactions', 'elsewhere']),
    }),
    plan: ({ megabytes, shape, field }) =>
      pushed(
        (site) => {
          const large = largeJson(Number(megabytes), String(shape));
          if (field === 'elsewhere') return [`[null,null,"some:topic","event",{"x":${large}}]`];
          const fields =
            field === 'stdout'
              ? `"interactions":[{"id":"a","result":{"stdout":${large},"stderr":${large.slice(0, 5) && '"x"'}}}]`
              : `"${field}":${large}`;
          return [frame('session_updated', `{"id":${firstId(site)},${fields}}`)];
        },
        { megabytes: Number(megabytes), watchMs: 1_500 },
      ),
  },
  'frame.tooLarge': {
    area: 'channel',
    draw: (random) => ({ megabytes: random.pick([65, 70]) }),
    plan: ({ megabytes }) =>
      pushed(
        (site) => [
          frame('session_updated', `{"id":${firstId(site)},"state":${largeJson(Number(megabytes), 'text')}}`),
        ],
        {
          megabytes: Number(megabytes),
          watchMs: 1_500,
        },
      ),
  },
  'frame.flood': {
    area: 'channel',
    draw: (random) => ({
      count: random.pick([1_000, 10_000, 30_000]),
      kind: random.pick([
        'garbage',
        'unknownEvent',
        'update',
        'create',
        'delete',
        'presence',
        'reply',
        'mixed',
      ]),
    }),
    plan: ({ count, kind }) =>
      pushed(
        function* (site) {
          const id = firstId(site);
          const kinds = ['garbage', 'unknownEvent', 'update', 'create', 'delete', 'presence', 'reply'];
          for (let n = 0; n < Number(count); n += 1) {
            switch (kind === 'mixed' ? kinds[n % kinds.length] : kind) {
              case 'garbage':
                yield `{"${n}`;
                break;
              case 'unknownEvent':
                yield frame(`event_${n % 7}`, `{"session_id":${id}}`);
                break;
              case 'update':
                yield frame('session_updated', `{"id":${id},"state":{"n":${n}}}`);
                break;
              case 'create':
                yield frame('session_created', `{"id":"new-${n}","user_id":1,"status":"active"}`);
                break;
              case 'delete':
                yield frame('session_deleted', `{"id":"gone-${n}"}`);
                break;
              case 'presence':
                yield frame('presence_diff', `{"joins":{"__proto__":{"metas":[]}},"leaves":{"${n}":{}}}`);
                break;
              default:
                yield `["1","${n}","${TOPIC}","phx_reply",{"status":"ok","response":{}}]`;
            }
          }
        },
        { watchMs: 1_000 },
      ),
  },
  'frame.manySessions': {
    area: 'channel',
    draw: (random) => ({ count: random.pick([20_100, 25_000]), kilobytes: random.pick([0, 1]) }),
    plan: ({ count, kilobytes }) =>
      pushed(
        function* () {
          const state = JSON.stringify({ text: 'y'.repeat(Number(kilobytes) * 1024) });
          for (let n = 0; n < Number(count); n += 1) {
            yield frame(
              'session_created',
              `{"id":"many-${n}","user_id":1,"project_id":102,"state":${state}}`,
            );
          }
        },
        { watchMs: 2_500, megabytes: 8 },
      ),
  },
};
