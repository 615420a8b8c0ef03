import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const DEFINITIONS = ['test/SCENARIOS.md', 'machines/README.md'];

/** Tags in the order of their first use. */
const used = [
  ...new Set(
    readdirSync('test', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.ts') && !file.startsWith('artifacts'))
      .flatMap((file) => readFileSync(`test/${file}`, 'utf8').match(/(?<=\[)[A-Z]\d+(?=\])/g) ?? []),
  ),
];
const defined = DEFINITIONS.flatMap(
  (file) => readFileSync(file, 'utf8').match(/(?<=^\| )[A-Z]\d+(?= +\|)/gm) ?? [],
);

it('every rule and scenario that a title names is defined, once', () => {
  expect(used.filter((tag) => !defined.includes(tag))).toEqual([]);
  expect(defined.filter((tag, index) => defined.indexOf(tag) !== index)).toEqual([]);
});

it('every rule and scenario that is defined is named by a title', () => {
  expect(defined.filter((tag) => !used.includes(tag))).toEqual([]);
});
