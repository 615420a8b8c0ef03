import fs from 'node:fs';
import path from 'node:path';
import { logProgress, type Log } from './log';
import { npmEnvironment } from './npmInstall';
import { projectRoot } from './projectRoot';
import { runProcess } from './runProcess';

const SOURCES = [
  'src',
  'machines',
  'media',
  'l10n',
  'package.json',
  'package.nls.json',
  'package.nls.de.json',
  'package-lock.json',
  'tsconfig.json',
  'webpack.config.js',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  '.vscodeignore',
];

/** Returns the vsix, built anew only when a source is younger than it. */
export async function packageVsix({ log }: { log: Log }): Promise<string> {
  const vsix = path.join(projectRoot, 'dist/codemyspec.vsix');
  const builtMs = fs.statSync(vsix, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (youngest(SOURCES.map((source) => path.join(projectRoot, source))) < builtMs) return vsix;
  fs.mkdirSync(path.dirname(vsix), { recursive: true });
  const vsce = path.join(projectRoot, 'node_modules/@vscode/vsce/vsce');
  await logProgress(log, 'Building and packaging the extension', () =>
    runProcess(process.execPath, [vsce, 'package', '--no-dependencies', '--out', vsix], {
      cwd: projectRoot,
      env: npmEnvironment(),
    }),
  );
  return vsix;
}

function youngest(paths: readonly string[]): number {
  const times = paths.map((one) => {
    const stat = fs.statSync(one, { throwIfNoEntry: false });
    if (stat === undefined) return 0;
    if (!stat.isDirectory()) return stat.mtimeMs;
    const inside = fs.readdirSync(one).map((name) => path.join(one, name));
    return Math.max(stat.mtimeMs, youngest(inside));
  });
  return Math.max(0, ...times);
}
