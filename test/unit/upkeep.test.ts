import { expect, test } from 'vitest';
import { refusedLicences, uncheckedTypes } from '../upkeep';

test('a package of the extension has an allowed licence; what is for development alone may have any', () => {
  const packages = {
    '': { license: 'GPL-3.0' },
    'node_modules/a': { license: 'MIT' },
    'node_modules/b': { license: 'GPL-3.0' },
    'node_modules/c': {},
    'node_modules/d': { license: 'GPL-3.0', dev: true },
    'node_modules/e': { link: true },
  };
  expect(refusedLicences({ packages })).toEqual(['node_modules/b (GPL-3.0)', 'node_modules/c (no licence)']);
});

test('each place that escapes the types is found, and nothing else', () => {
  const text = [
    'const a: any = 1;',
    'const b = a as never;',
    'const c = a as unknown as string;',
    'const d = c!;',
    'const e = c as unknown;',
    'const f = c as string; // any',
  ];
  expect(uncheckedTypes(text.join('\n'))).toEqual([
    '1: any',
    '2: a as never',
    '3: a as unknown as string',
    '4: c!',
  ]);
});
