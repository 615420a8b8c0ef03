import fs from 'node:fs';
import path from 'node:path';
import type { Log } from './log';
import { packageVsix } from './package';
import { projectRoot } from './projectRoot';

/** The packaged extension as a folder that VS Code takes for its web extension host alone; an absolute path. */
export async function browserOnlyFolder(name: string, { log }: { log: Log }): Promise<string> {
  await packageVsix({ log });
  const folder = path.join(projectRoot, 'test/artifacts', name);
  fs.rmSync(folder, { recursive: true, force: true });
  for (const part of ['package.nls.json', 'package.nls.de.json', 'l10n', 'media', 'dist']) {
    fs.cpSync(path.join(projectRoot, part), path.join(folder, part), { recursive: true });
  }
  const manifest = JSON.parse(fs.readFileSync(path.join(projectRoot, 'package.json'), 'utf8')) as object;
  const inBrowser = JSON.stringify({ ...manifest, extensionKind: ['ui'] });
  fs.writeFileSync(path.join(folder, 'package.json'), inBrowser);
  return folder;
}
