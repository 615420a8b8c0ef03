import type { History } from './history';

/** One line for each thing that happens, with the time since the one before it. */
export function describeHistory({ seed, tokenLifeMs, delaysMs, steps }: History): string {
  const lines = steps.map(({ afterMs, happening: { kind, ...more } }) => {
    const details = Object.entries(more).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
    return `  after ${afterMs} ms: ${[kind, ...details].join(', ')}`;
  });
  return [
    `jitter seed ${seed}, tokens live ${tokenLifeMs / 1000} s, network delays ${delaysMs.join(', ')} ms in turn`,
    ...(lines.length > 0 ? lines : ['  nothing happens']),
  ].join('\n');
}
