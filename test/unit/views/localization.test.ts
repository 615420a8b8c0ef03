import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import englishBundle from '../../../l10n/bundle.l10n.json';
import germanBundle from '../../../l10n/bundle.l10n.de.json';
import manifest from '../../../package.json';
import germanTitles from '../../../package.nls.de.json';
import titles from '../../../package.nls.json';
import { COMMANDS } from '../../../src/views/commandIds';

const root = join(import.meta.dirname, '../../..');

describe('the words of package.json', () => {
  test('are all in package.nls.json, and no others', () => {
    const used = JSON.stringify(manifest).matchAll(/"%([^%"]+)%"/g);
    expect([...new Set([...used].map((match) => match[1]))].sort()).toEqual(Object.keys(titles).sort());
  });

  test('of welcomes and walkthrough lead to commands that exist', () => {
    const links = JSON.stringify(titles).matchAll(/\(command:([\w.]+)/g);
    const known = [
      ...[...COMMANDS, 'codeMySpec.sessions.focus'],
      ...['workbench.action.openSettings', 'workbench.action.reloadWindow'],
    ];
    expect([...links].map((match) => match[1]!).filter((id) => !known.includes(id))).toEqual([]);
  });

  test('greet in every case that the view tells apart', () => {
    const cases = JSON.stringify(manifest.contributes.viewsWelcome).matchAll(
      /codeMySpec\.welcome == '(\w+)'/g,
    );
    expect([...cases].map((match) => match[1]).sort()).toEqual(
      [
        ...['signedOut', 'disconnected', 'connecting', 'away', 'empty', 'filtered', 'noList', 'stopped'],
        ...['signInEnded', 'signInRefused', 'signInChanged', 'accountUnreadable'],
        ...[
          'invalidAddress',
          'credentialsInAddress',
          'insecureAddress',
          'notCodeMySpec',
          'incompatible',
          'browserRefused',
        ],
      ].sort(),
    );
  });
});

describe('the words of the source', () => {
  test('are literal, and are those of the l10n bundle', async () => {
    const { words, computed } = wordsOfTheSource();
    expect(computed).toEqual([]);
    const bundle = JSON.stringify(Object.fromEntries([...words].sort().map((word) => [word, word])), null, 2);
    await expect(`${bundle}\n`).toMatchFileSnapshot(join(root, 'l10n/bundle.l10n.json'));
  });
});

describe('German', () => {
  const english: [string, string][] = [...Object.entries(englishBundle), ...Object.entries(titles)];
  const german = new Map<string, string>([...Object.entries(germanBundle), ...Object.entries(germanTitles)]);

  test('has every key, in the same order, and no others', () => {
    expect(Object.keys(germanBundle)).toEqual(Object.keys(englishBundle));
    expect(Object.keys(germanTitles)).toEqual(Object.keys(titles));
  });

  test.each([
    ['placeholders', /\{\d+\}/g],
    ['icons', /\$\([\w~-]+\)/g],
    ['link addresses', /\]\([^)]*\)/g],
    ['code', /`[^`]*`/g],
    ['line breaks', /\n/g],
  ])('has the same %s', (_, pattern) => {
    const found = (text = '') => [...text.matchAll(pattern)].map(([match]) => match).sort();
    expect(english.map(([key]) => [key, found(german.get(key))])).toEqual(
      english.map(([key, text]) => [key, found(text)]),
    );
  });

  test('is never empty, and no space is around it', () => {
    const spaced = /^\s|\s$/;
    expect(english.filter(([, text]) => spaced.test(text))).toEqual([]);
    expect([...german].filter(([, text]) => text === '' || spaced.test(text))).toEqual([]);
  });

  test('differs from English but for words that both share', () => {
    expect(english.filter(([key, text]) => german.get(key) === text).map(([key]) => key)).toEqual([
      ...['Agent', 'Claude: {0}', 'CodeMySpec: {0}. {1}', 'Filter: {0}', 'Live', 'OK', 'Offline', 'Pipe'],
      ...['Server: {0}', 'Status', '{0} s', '{0}, {1}'],
    ]);
  });
});

function wordsOfTheSource() {
  const words = new Set<string>();
  const computed: string[] = [];
  for (const file of sourceFiles()) {
    const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest);
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && /^(vscode\.)?l10n\.t$/.test(node.expression.getText(source))) {
        const [word] = node.arguments;
        if (word && ts.isStringLiteral(word)) words.add(word.text);
        else computed.push(`${file}: ${node.getText(source)}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return { words, computed };
}

function sourceFiles(): string[] {
  return ts.sys.readDirectory(join(root, 'src'), ['.ts']).map((path) => path.slice(root.length + 1));
}
