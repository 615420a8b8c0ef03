import { seededRandom } from '../faults/seededRandom';
import { mutated, nestedJson, ODD_JSON, whole, type Templates } from './hostileInput';
import { EVENTS, firstId, frame, pushed, TOPIC } from './pushedFrames';

export const FRAME_INPUTS: Templates = {
  'frame.deep': {
    area: 'channel',
    draw: (random) => ({
      depth: random.pick([64, 65, 100, 1_000, 3_000, 20_000, 200_000]),
      kind: random.pick(['array', 'object', 'mixed']),
      field: random.pick(['state', 'data', 'unknown', 'project', 'interactions']),
      event: random.pick(EVENTS),
      wrapped: random() < 0.3,
      times: whole(random, 1, 3),
    }),
    plan: ({ depth, kind, field, event, wrapped, times }) =>
      pushed(function* (site) {
        const deep = nestedJson(Number(depth), String(kind));
        const id = firstId(site);
        const fields =
          field === 'data'
            ? `"interactions":[{"id":"a","command":{"metadata":${deep}},"result":{"data":${deep}}}]`
            : `"${field}":${deep}`;
        const session = `{"id":${id},"user_id":1,${fields}}`;
        const payload = wrapped ? `{"data":${session}}` : session;
        for (let n = 0; n < Number(times); n += 1) yield frame(String(event), payload);
      }),
  },
  'frame.deepEverywhere': {
    area: 'channel',
    draw: (random) => ({ depth: random.pick([100, 3_000, 50_000]), place: whole(random, 0, 4) }),
    plan: ({ depth, place }) =>
      pushed(() => {
        const slots = ['null', 'null', `"${TOPIC}"`, '"session_updated"', '{}'];
        slots[Number(place)] = nestedJson(Number(depth), 'mixed');
        return [`[${slots.join(',')}]`];
      }),
  },
  /** The server holds it too, so that what is shown has to be what the bounds leave of it. */
  'server.deep': {
    area: 'channel',
    draw: (random) => ({
      depth: random.pick([63, 64, 65, 200, 1_000]),
      kind: random.pick(['array', 'object']),
    }),
    plan: ({ depth, kind }) => ({
      from: 'live',
      begin: ({ backend: { control } }) => {
        const [session] = control.dump(1).sessions;
        const state = { deep: JSON.parse(nestedJson(Number(depth), String(kind))) as unknown };
        control.updateSession(session?.id as number, { state });
        control.addInteraction(session?.id as number);
        control.completeInteraction(session?.id as number, { data: state });
      },
    }),
  },
  'frame.id': {
    area: 'channel',
    draw: (random) => ({
      id: random.pick([
        ...[
          'long',
          '"\\ud800"',
          '"a\\udfff"',
          '".."',
          '"."',
          '""',
          '" "',
          '"a/../b"',
          '"%2e%2e"',
          '"\\n"',
          '1e308',
        ],
        ...[
          '9007199254740993',
          '-0',
          '1.5',
          'true',
          'null',
          '{}',
          '[1]',
          '"__proto__"',
          '"?x=1"',
          '"\\u202e"',
        ],
      ] as unknown as [string]),
      chars: random.pick([257, 10_000, 200_000]),
      event: random.pick([...EVENTS, 'session_deleted']),
    }),
    plan: ({ id, chars, event }) =>
      pushed(() => {
        const given = id === 'long' ? `"${'i'.repeat(Number(chars))}"` : String(id);
        return [
          frame(String(event), `{"id":${given},"user_id":1,"project_id":${given},"status":"active"}`),
          frame(String(event), `{"data":{"id":${given}}}`),
        ];
      }),
  },
  'frame.mutated': {
    area: 'channel',
    draw: (random) => ({ seed: whole(random, 1, 1e9), count: whole(random, 1, 40) }),
    plan: ({ seed, count }) =>
      pushed(function* (site) {
        const random = seededRandom(Number(seed));
        const sessions = site.backend.control.dump(1).sessions;
        for (let n = 0; n < Number(count); n += 1) {
          const payload = JSON.stringify(sessions[n % sessions.length]);
          yield mutated(frame(random.pick([...EVENTS, 'session_deleted']), payload), random);
        }
      }),
  },
  'frame.shape': {
    area: 'channel',
    draw: (random) => ({ seed: whole(random, 1, 1e9) }),
    plan: ({ seed }) =>
      pushed(function* () {
        const random = seededRandom(Number(seed));
        const odd = () => random.pick(ODD_JSON);
        for (let n = 0; n < 30; n += 1) {
          const slots = ['null', '"1"', `"${TOPIC}"`, `"${random.pick(EVENTS)}"`, '{"id":1}'];
          for (let m = whole(random, 1, 2); m > 0; m -= 1) slots[whole(random, 0, 4)] = odd();
          if (random() < 0.2) slots.length = whole(random, 0, 4);
          if (random() < 0.1) slots.push(odd());
          yield `[${slots.join(',')}]`;
        }
      }),
  },
  'frame.control': {
    area: 'channel',
    draw: (random) => ({
      event: random.pick([
        'phx_close',
        'phx_error',
        'phx_reply',
        'phx_leave',
        'phx_join',
        'chan_reply_1',
        '__proto__',
      ]),
      ref: random.pick(['null', '"1"', '"3"', '"999"', '1']),
      payload: random.pick([
        '{}',
        '{"status":"error","response":{"reason":"x"}}',
        '{"source":"transport"}',
        '[]',
      ]),
      topic: random.pick([TOPIC, 'phoenix', '__proto__', 'vscode:user:2', '']),
      times: random.pick([1, 3]),
    }),
    plan: ({ event, ref, payload, topic, times }) =>
      pushed(() =>
        Array.from({ length: Number(times) }, () => `[${ref},${ref},"${topic}","${event}",${payload}]`),
      ),
  },
  'frame.times': {
    area: 'channel',
    draw: (random) => ({
      time: random.pick([
        ...[
          '""',
          '"9999-12-31T23:59:59Z"',
          '"x"',
          '1e308',
          '-1',
          '"+275760-09-13T00:00:00.001Z"',
          'null',
          '{}',
        ],
        ...['"0000-00-00T00:00:00Z"', '"2026-01-01"', 'long'],
      ] as unknown as [string]),
      field: random.pick(['updated_at', 'inserted_at']),
    }),
    plan: ({ time, field }) =>
      pushed((site) => {
        const given = time === 'long' ? `"${'9'.repeat(200_000)}"` : String(time);
        return [frame('session_updated', `{"id":${firstId(site)},"${field}":${given}}`)];
      }),
  },
};
