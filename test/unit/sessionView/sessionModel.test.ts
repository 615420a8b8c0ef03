import { describe, expect, it } from 'vitest';
import { mergeSession, type Session } from '../../../src/model/session';
import type { SessionUpdate } from '../../../src/model/parseSession';
import { pageModel, type Shown } from '../../../src/sessionView/sessionModel';
import type { StepShown } from '../../../src/sessionView/pageModel';
import type { Need } from '../../../src/views/attention';
import { groupOf } from '../../../src/views/grouping';
import { itemOf } from '../../../src/views/sessionItems';
import type { SessionRow } from '../../../src/views/sessionRows';
import { connectionStatus } from '../views/connectionStatus';
import { sessionWith, step } from './sessionSource';

const NOW = Date.UTC(2026, 0, 1, 0, 10);
const live = connectionStatus('connected.live', { loaded: true, syncedAt: NOW });

function modelOf(update: SessionUpdate | undefined, more: Partial<Shown> = {}) {
  const session: Session | undefined = update && mergeSession(undefined, update);
  return pageModel({
    ...{ session, standing: 'here', freshness: undefined, liveOutput: '', status: live, parent: undefined },
    ...{ selected: null, now: NOW, whyNot: () => undefined, need: undefined, asked: undefined },
    ...more,
  });
}

const BEGUN = Date.UTC(2026, 0, 1);
const WAITS = { icon: 'play-circle', tone: 'wait', label: 'Waits for you' } as const;

const rowOf = (session: Session, need: Need): SessionRow => ({
  ...{ kind: 'session', id: '1', session, freshness: undefined, need, asked: undefined, isUnseen: false },
  parent: { kind: 'group', id: 'g', group: groupOf('none', session, need), rows: [], shown: 1 },
  ...{ activeAt: 0, isStill: false, namesakes: new Set(), rows: [], steps: new Map() },
});

const FAILED = { status: 'error', code: 2, error_message: 'mix test exited with 2' };

describe('[U1] the model of the page', () => {
  it('has the steps oldest first, with their times and what came of them', () => {
    const update = sessionWith(step('One', 0, 60), step('Two', 60, 5, FAILED), step('Three', 70));
    const { steps, counts } = modelOf(update);
    const begun = Date.UTC(2026, 0, 1);
    expect(steps).toEqual([
      {
        ...{ key: 'id-of-One', name: 'One', outcome: '', start: begun, end: begun + 60_000 },
        look: { icon: 'check', tone: 'ok', label: 'OK' },
      },
      {
        ...{ key: 'id-of-Two', name: 'Two', outcome: 'exit 2', start: begun + 60_000, end: begun + 65_000 },
        look: { icon: 'error', tone: 'bad', label: 'Error' },
      },
      {
        ...{ key: 'id-of-Three', name: 'Three', outcome: 'Running', start: begun + 70_000, end: null },
        look: { icon: 'loading', tone: 'run', label: 'Running' },
      },
    ]);
    expect(counts).toEqual({ steps: '3 steps', errors: '1 error' });
  });

  it('[U1] shows an icon between two steps too', () => {
    const { look } = modelOf({ ...sessionWith(step('One', 0, 60)), execution_mode: 'auto' });
    expect(look).toEqual({ icon: 'loading', tone: 'run', label: 'Active' });
  });

  it.each<[Need, SessionUpdate, string, number | undefined, Partial<StepShown> | undefined]>([
    [
      ...(['result', sessionWith(step('One', 0, 60), step('Two', 70)), 'Two waits for its result'] as const),
      70_000,
      { name: 'Two', outcome: 'Waits for you', look: WAITS },
    ],
    ['result', sessionWith(step('One', 0)), 'One waits for its result', undefined, { look: WAITS }],
    ['next', sessionWith(step('One', 0, 60)), 'waits for its next step', 60_000, { name: 'One' }],
    ['next', sessionWith(), 'waits for its next step', undefined, undefined],
  ])(
    '[U1] says in the words of the tree that a session taken by hand waits for its %s; nothing runs',
    (need, steps, words, took, last) => {
      const update = { ...steps, execution_mode: 'manual', inserted_at: '2026-01-01T00:00:00Z' };
      const { look, facts, steps: shown } = modelOf(update, { need });
      expect(look).toEqual(WAITS);
      expect(facts[1]).toEqual({ kind: 'text', text: words });
      expect(facts.filter(({ kind }) => kind === 'elapsed')).toEqual(
        took === undefined ? [] : [{ kind: 'elapsed', start: BEGUN, end: BEGUN + took }],
      );
      expect(shown.filter(({ look: { tone } }) => tone === 'run')).toEqual([]);
      if (last) expect(shown.at(-1)).toMatchObject(last);
      const session = mergeSession(undefined, update);
      expect(itemOf(rowOf(session, need), NOW)).toMatchObject({
        description: expect.stringContaining(words) as string,
        iconPath: { id: look.icon },
      });
    },
  );

  it('[U1] takes a step of somebody else, or of another mode, for running as before', () => {
    const labels = (fields: Partial<Session>) =>
      modelOf({ ...sessionWith(step('One', 0)), ...fields }).steps.map(({ look }) => look.label);
    expect(labels({ execution_mode: 'auto' })).toEqual(['Running']);
    expect(labels({ execution_mode: 'manual', owner: { id: '2', name: 'Ann' } })).toEqual(['Running']);
  });

  it('says where the session stands', () => {
    const update = sessionWith(step('One', 0, 60), step('Two', 60));
    const component = { id: '1', name: 'AccountRepository', type: null, module_name: null };
    const project = { id: '1', name: 'Acme Billing', module_name: null, status: null };
    const parent = mergeSession(undefined, { id: '7', component: { ...component, name: 'Accounts' } });
    const { title, look, facts } = modelOf(
      { ...update, component, project, execution_mode: 'auto' },
      { parent },
    );
    expect({ title, look }).toEqual({
      title: 'AccountRepository',
      look: { icon: 'loading', tone: 'run', label: 'Active' },
    });
    expect(facts.map((fact) => (fact.kind === 'elapsed' ? [fact.start, fact.end] : fact.text))).toEqual([
      ...[
        'Component Coding',
        'Running Two',
        [Date.UTC(2026, 0, 1), null],
        'Acme Billing',
        'Mode: Automatic',
        '#42',
      ],
      'Child of Accounts',
    ]);
  });

  it('looks at the newest error first, then at what runs, then at the newest step', () => {
    const selected = (...steps: Parameters<typeof sessionWith>) => modelOf(sessionWith(...steps)).selected;
    expect(selected(step('A', 0, 1, FAILED), step('B', 1, 1, FAILED), step('C', 2))).toBe('id-of-B');
    expect(selected(step('A', 0, 1), step('B', 1))).toBe('id-of-B');
    expect(selected(step('A', 0, 1), step('B', 1, 1))).toBe('id-of-B');
    expect(selected()).toBeNull();
  });

  it('keeps to the step that the user has chosen, while there is one', () => {
    const update = sessionWith(step('A', 0, 1), step('B', 1, 1, FAILED));
    expect(modelOf(update, { selected: 'id-of-A' }).detail?.name).toBe('A');
    expect(modelOf(update, { selected: 'gone' }).detail?.name).toBe('B');
  });

  it('takes a step without a result for running only while its session does', () => {
    const { steps } = modelOf({ ...sessionWith(step('A', 0)), status: 'cancelled' });
    expect(steps.map(({ look, outcome }) => [look.tone, outcome])).toEqual([['dim', 'No result']]);
  });

  it('finds the times of steps of which the server tells little', () => {
    const told = step('A', 10, 5);
    const times = (change: object) => {
      const [shown] = modelOf(sessionWith({ ...told, ...change })).steps;
      return [shown?.start, shown?.end].map((at) => (at == null ? at : (at - Date.UTC(2026, 0, 1)) / 1000));
    };
    expect(times({ command: null })).toEqual([10, 15]);
    expect(times({ command: null, completed_at: null })).toEqual([10, 15]);
    expect(times({ result: { ...told.result, duration_ms: null } })).toEqual([10, 15]);
    expect(times({ command: null, result: null })).toEqual([15, 15]);
    expect(times({ command: null, result: null, completed_at: 'soon' })).toEqual([null, null]);
  });
});

describe('[U6] what is not what the server holds is marked', () => {
  const update = sessionWith(step('A', 0));
  it.each<[string, Partial<Shown>, RegExp | '', boolean]>([
    ['live', {}, '', true],
    ['reconnecting', { status: connectionStatus('reconnecting', { loaded: true }) }, /^Reconnecting$/, false],
    [
      'polling',
      { status: connectionStatus('polling.fresh', { loaded: true, syncedAt: NOW }) },
      /^Polling, as of /,
      false,
    ],
    [
      'offline',
      { status: connectionStatus('polling.offline', { loaded: true, since: NOW }) },
      /^Offline since /,
      false,
    ],
    ['an old row', { freshness: { kind: 'stale', confirmedAt: NOW } }, /^as of /, true],
    ['a row without details', { freshness: { kind: 'incomplete' } }, /details are on their way/, true],
    ['gone', { standing: 'gone' }, /is no longer available to you\. This is its last known state/, false],
  ])('%s', (_, more, note, isLive) => {
    const model = modelOf(update, more);
    if (note === '') expect(model.note).toBe('');
    else expect(model.note).toMatch(note);
    expect([model.isLive, model.steps.length]).toEqual([isLive, 1]);
  });

  it.each<[Shown['standing'], RegExp]>([
    ['waiting', /^Waiting for the first list of sessions\. Connecting: /],
    ['gone', /^This session is not available to you/],
    ['signedOut', /^Sign in to see this session/],
    ['elsewhere', /^This session is on another server/],
  ])('%s, with nothing to show', (standing, note) => {
    const model = modelOf(undefined, { standing, status: connectionStatus('loading') });
    expect(model).toMatchObject({ title: 'Session', isLive: false, steps: [], detail: null });
    expect(model.note).toMatch(note);
  });
});

describe('[U4] what is long', () => {
  const lines = (count: number, text = '') =>
    Array.from({ length: count }, (_, n) => `${n}${text}`).join('\n');
  const outputsOf = (stdout: string, stderr = '') =>
    modelOf(sessionWith(step('A', 0, 1, { stdout, stderr }))).detail?.outputs;

  it('is shown by its last 200 lines', () => {
    expect(outputsOf(`${lines(1234)}\n`)).toEqual([
      {
        ...{ part: 'stdout', label: 'Output', note: 'last 200 of 1,234 lines' },
        text: lines(1234).split('\n').slice(-200).join('\n'),
      },
    ]);
    expect(outputsOf('one', 'a\nb')?.map(({ label, note }) => [label, note])).toEqual([
      ['Output', '1 line'],
      ['Error output', '2 lines'],
    ]);
    expect(outputsOf('\n \n')).toEqual([]);
  });

  it('is shown by its last 64 kB, from the beginning of a line where there is one', () => {
    const [output] = outputsOf(lines(100, 'x'.repeat(1000))) ?? [];
    expect(output?.note).toBe('last 65 of 100 lines');
    expect(output?.text).toMatch(/^35x/);
    expect(outputsOf('y'.repeat(100_000))?.[0]?.text).toBe('y'.repeat(65_536));
  });

  it('makes no message larger than a megabyte', () => {
    const long = '\u{1f600}"\\\u001b'.repeat(20_000);
    const metadata = Object.fromEntries(
      Array.from({ length: 60 }, (_, n) => [`${n}${long}`, { [long]: [long, long] }]),
    );
    const one = step('A', 0, 1, { stdout: long, stderr: long, error_message: long, data: metadata });
    const steps = Array.from({ length: 1000 }, (_, n) => ({ ...one, id: `${n}`, step_name: `${n} ${long}` }));
    const command = { ...one.command!, command: long, metadata, module: long, pipe: long };
    const model = modelOf({
      ...sessionWith(...steps, { ...one, command }),
      ...{ display_name: long, execution_mode: long, status: long },
    });
    expect(model.steps).toHaveLength(200);
    expect(model.earlier).toBe('801 earlier steps are not shown');
    expect(model.steps.at(-1)?.key).toBe('id-of-A');
    expect(JSON.stringify(model).length).toBeLessThan(1_000_000);
  });
});

it('[U6] the keys of steps stay while newer ones come', () => {
  const nameless = { ...step('A', 0, 1), id: null };
  const keys = (...steps: Parameters<typeof sessionWith>) =>
    modelOf(sessionWith(...steps)).steps.map(({ key }) => key);
  expect(keys(nameless, nameless)).toEqual(['#0', '#1']);
  expect(keys(nameless, step('B', 1, 1), step('B', 2, 1))).toEqual(['#0', 'id-of-B', '#2']);
});
