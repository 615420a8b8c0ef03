import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageVsix } from '../vscode/package';
import { projectRoot } from '../vscode/projectRoot';

let vsix: string;
beforeAll(async () => {
  vsix = await packageVsix({ log: (line) => console.log(line) });
}, 120_000);

describe('the package', () => {
  it('holds what VS Code needs, and no source, map or test', () => {
    expect(namesInZip(readFileSync(vsix)).sort()).toEqual(
      [
        ...['[Content_Types].xml', 'extension.vsixmanifest'],
        ...[
          ...[
            'changelog.md',
            'dist/THIRD_PARTY_NOTICES.txt',
            'dist/browser.js',
            'dist/commands.js',
            'dist/notifications.js',
            'dist/picture.js',
            'dist/tools.js',
            'dist/codicon.css',
            'dist/codicon.ttf',
            'dist/connectionPanel.js',
            'dist/connectionView.css',
            'dist/connectionView.js',
            'dist/sessionEditor.js',
            'dist/sessionView.css',
            'dist/sessionView.js',
            'dist/channel.js',
            'dist/doctor.js',
            'dist/extension.js',
            'dist/main.js',
            'dist/oauth.js',
          ],
          ...['l10n/bundle.l10n.json', 'l10n/bundle.l10n.de.json', 'LICENSE.txt'],
          ...['media/codemyspec.svg', 'media/icon.png', 'media/live.png', 'media/signed-out.png'],
          ...['package.json', 'package.nls.json', 'package.nls.de.json', 'readme.md', 'SUPPORT.md'],
        ].map((name) => `extension/${name}`),
      ].sort(),
    );
  });

  it('has parts that are no larger than they may be', () => {
    const sizes = readdirSync(join(projectRoot, 'dist'))
      .filter((name) => name.endsWith('.js'))
      .map((name) => [name, statSync(join(projectRoot, 'dist', name)).size] as const);
    expect(sizes.map(([name]) => name).sort()).toEqual(Object.keys(MOST_BYTES).sort());
    expect(sizes.filter(([name, bytes]) => bytes > MOST_BYTES[name]!)).toEqual([]);
  });

  it('loads no more for a live connection than it may', () => {
    const parts = ['extension.js', 'main.js', 'channel.js'];
    const bytes = parts.map((name) => statSync(join(projectRoot, 'dist', name)).size);
    expect(bytes.reduce((sum, each) => sum + each)).toBeLessThanOrEqual(LIVE_BYTES);
  });

  it('[B1] loads one file at activation, and does nothing that blocks', () => {
    const extension = join(projectRoot, 'dist/extension.js');
    const activation = fileURLToPath(new URL('./activation.cjs', import.meta.url));
    const printed = execFileSync(process.execPath, [activation, extension], { encoding: 'utf8' });
    expect(JSON.parse(printed)).toEqual({ calls: [], loaded: [extension] });
  });

  it('[E1] has one file for editors that run only in a browser, which needs VS Code and nothing of Node', () => {
    const text = readFileSync(join(projectRoot, 'dist/browser.js'), 'utf8');
    expect([...text.matchAll(/\brequire\(([^)]*)\)/g)].map(([, name]) => name)).toEqual(['"vscode"']);
    expect(text.match(/(?<![\w$.])(process|Buffer|__dirname|__filename|importScripts)\b(?=[.[(])/g)).toBe(
      null,
    );
    const module = { exports: {} as Record<string, unknown> };
    runInNewContext(text, { module, exports: module.exports, require: () => ({}), self: {} });
    expect(Object.keys(module.exports)).toEqual(['activate']);
  });

  it('carries the licence of every package that is bundled, word for word', () => {
    const notices = readFileSync(join(projectRoot, 'dist/THIRD_PARTY_NOTICES.txt'), 'utf8');
    // No map names files that are copied, nor a package that only passes on another.
    const bundled = [...bundledPackages(), '@vscode/codicons', 'lit'].sort();
    expect(bundled).toEqual(
      expect.arrayContaining(['lit-html', 'oauth4webapi', 'phoenix', 'webpack', 'ws', 'xstate']),
    );
    expect([...notices.matchAll(/^(\S+) \d+\.\d+\.\d+ \(/gm)].map(([, name]) => name)).toEqual(bundled);
    for (const name of bundled) {
      const folder = join(projectRoot, 'node_modules', name);
      const licences = readdirSync(folder).filter((file) => /^licen[cs]e/i.test(file));
      expect(licences).not.toEqual([]);
      for (const file of licences) expect(notices).toContain(readFileSync(join(folder, file), 'utf8').trim());
    }
  });
});

const LIVE_BYTES = 303_000;

/** What is loaded with every start, and what is loaded where it is needed. One that grows is looked at first. */
const MOST_BYTES: Readonly<Record<string, number>> = {
  'extension.js': 17_000,
  'main.js': 212_000,
  'channel.js': 76_000,
  'browser.js': 360_000,
  'commands.js': 28_000,
  'connectionPanel.js': 7_000,
  'connectionView.js': 45_000,
  'doctor.js': 46_000,
  'notifications.js': 5_000,
  'oauth.js': 34_000,
  'picture.js': 3_000,
  'sessionEditor.js': 16_000,
  'sessionView.js': 22_000,
  'tools.js': 3_000,
};

/** By what the maps of the bundles say they are made of. */
function bundledPackages(): string[] {
  const names = new Set<string>();
  const folder = join(projectRoot, 'dist');
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.js.map'))) {
    const { sources } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { sources: string[] };
    for (const source of sources) {
      const name = /.*\/node_modules\/((@[^/]+\/)?[^/]+)/.exec(source)?.[1];
      if (name) names.add(name);
      if (source.includes('/webpack/runtime/')) names.add('webpack');
    }
  }
  return [...names].sort();
}

/** Of the central directory at the end of the archive. */
function namesInZip(zip: Buffer): string[] {
  const names: string[] = [];
  const header = Buffer.from('PK\u0001\u0002');
  const end = zip.lastIndexOf(Buffer.from('PK\u0005\u0006'));
  for (let at = zip.readUInt32LE(end + 16); zip.subarray(at, at + 4).equals(header);) {
    const [name, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    names.push(zip.toString('utf8', at + 46, at + 46 + name!));
    at += 46 + name! + extra! + comment!;
  }
  return names;
}
