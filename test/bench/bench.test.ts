import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import * as v from 'valibot';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const more = (least: number) => v.pipe(v.number(), v.finite(), v.minValue(least));
const oneOf = (least: number) => v.strictTuple([more(least)]);
const latency = v.strictObject({ p50: oneOf(0), p99: oneOf(0), worst: oneOf(0) });
const alone = <T extends v.GenericSchema>(keys: string[], value: T) =>
  v.strictObject(Object.fromEntries(keys.map((key) => [key, value])));
const figures = (name: string, ofCore: v.ObjectEntries) =>
  v.strictObject({
    name: v.literal(name),
    sessions: v.literal(1_000),
    ...{ cpuUs: oneOf(0.1), eventsPerSecond: oneOf(100) },
    latencyMs: alone(['100', '1000', '10000'], latency),
    ...{ listedMb: oneOf(0), updatedMb: oneOf(0), liveMs: oneOf(0), stallMs: oneOf(0) },
    firstRowMs: name === 'phoenix' ? v.strictTuple([v.null()]) : oneOf(0),
    cpuUsBySubscribers: v.strictObject({}),
    reconnectMs: v.strictTuple([]),
    ...ofCore,
  });
const goal = v.strictObject({
  ...{ what: v.string(), sessions: v.literal(1_000), limit: more(0), unit: v.picklist(['×', 'ms']) },
  ...{ values: oneOf(0), median: more(0), spread: v.literal(0), verdict: v.picklist(['met', 'missed']) },
});
const report = v.looseObject({
  machine: v.strictObject({ cpu: v.string(), cores: more(1), node: v.literal(process.version) }),
  figures: v.strictTuple([
    figures('core', { cpuUsBySubscribers: alone(['1', '10'], oneOf(0.1)), reconnectMs: oneOf(0) }),
    figures('phoenix', {}),
    figures('phoenix + Map', {}),
    figures('realtime-js + Map', {}),
  ]),
  goals: v.strictTuple([goal, goal, goal]),
});

it(
  'a quick run measures every contender, prints one JSON object and ends as its goals say',
  { timeout: 60_000 },
  async () => {
    const bench = spawn(
      process.execPath,
      ['--expose-gc', '--import', 'tsx', 'test/bench/bench.ts', '--quick', '--json'],
      { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const exit = once(bench, 'exit');
    const [out, errors] = await Promise.all([text(bench.stdout), text(bench.stderr)]);
    const [code] = (await exit) as [number | null];
    const { issues, output } = v.safeParse(report, JSON.parse(out || 'null'));
    expect({ issues: issues && v.flatten(issues), errors: out ? '' : errors }).toEqual({
      issues: undefined,
      errors: '',
    });
    const { goals } = output as v.InferOutput<typeof report>;
    expect(code).toBe(goals.some(({ verdict }) => verdict === 'missed') ? 1 : 0);
  },
);
