import { largeJson, nestedJson, ODD_JSON, whole, type Templates } from './hostileInput';
import { packedBomb } from './packedBomb';
import { answering, every, isList, isMe, isSession, JSON_TYPE } from './restAnswers';

/** Answers of REST that are no list. */
export const REST_SIDE_INPUTS: Templates = {
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
  'rest.proof': {
    area: 'rest',
    draw: (random) => ({
      kind: random.pick(['bomb', 'endless', 'never', 'deep', 'odd', 'large', 'reset']),
      odd: whole(random, 0, ODD_JSON.length - 1),
    }),
    plan: ({ kind, odd }) =>
      answering(
        ({ url = '' }) => url.startsWith('/.well-known/'),
        () => {
          switch (kind) {
            case 'bomb':
              return {
                headers: { ...JSON_TYPE, 'content-encoding': 'gzip' },
                body: packedBomb('spaces', 110),
              };
            case 'endless':
              return { body: (response) => every(response, 1, () => ' '.repeat(65_536)) };
            case 'never':
              return { body: (response) => response.flushHeaders() };
            case 'reset':
              return { body: (response) => response.req.socket.resetAndDestroy() };
            case 'deep':
              return { body: nestedJson(100_000, 'mixed') };
            case 'large':
              return { body: largeJson(8, 'objects') };
            default:
              return { body: ODD_JSON[Number(odd)] ?? '' };
          }
        },
        { watchMs: 900 },
      ),
  },
};
