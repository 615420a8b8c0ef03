import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import manifest from '../../../package.json';
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
        ...['invalidAddress', 'credentialsInAddress', 'insecureAddress', 'notCodeMySpec', 'incompatible'],
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
