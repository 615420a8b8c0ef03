import { existsSync, readdirSync, readFileSync } from 'node:fs';
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

it('every test that SECURITY.md names for a tag is there and bears it', () => {
  const claims = readFileSync('SECURITY.md', 'utf8').matchAll(
    /`\[([A-Z]\d+)\]` in ((?:test[\w./-]*(?:, )?)+)/g,
  );
  const named = [...claims].flatMap(([, tag, paths = '']) =>
    paths.match(/test[\w./-]*/g)!.map((path) => [tag, path]),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(([tag, path]) => !textsAt(path!).some((text) => text.includes(`[${tag!}]`)))).toEqual(
    [],
  );
});

/** Of a test, or of all in a folder. */
function textsAt(path: string): string[] {
  if (!existsSync(path)) return [];
  if (path.endsWith('.ts')) return [readFileSync(path, 'utf8')];
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && !file.startsWith('artifacts'))
    .map((file) => readFileSync(`${path}/${file}`, 'utf8'));
}
