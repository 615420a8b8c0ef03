import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import webpack, { type Configuration } from 'webpack';
import { projectRoot } from './projectRoot';

const config = createRequire(import.meta.url)('../../webpack.config.js') as (
  env: unknown,
  argv: { mode: string },
) => readonly [extension: Configuration, page: Configuration];

/** Builds the extension from another entry, as a folder that VS Code can take; an absolute path. */
export async function buildExtensionFolder(entry: string, name: string): Promise<string> {
  const folder = path.join(projectRoot, 'test/artifacts', name);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  for (const part of ['package.json', 'package.nls.json', 'package.nls.de.json', 'l10n', 'media']) {
    fs.cpSync(path.join(projectRoot, part), path.join(folder, part), { recursive: true });
  }
  const [common] = config({}, { mode: 'development' });
  await new Promise<void>((resolve, reject) => {
    webpack(
      {
        ...common,
        dependencies: [],
        mode: 'development',
        entry: { extension: path.join(projectRoot, entry) },
        output: { ...common.output, path: path.join(folder, 'dist') },
      },
      (error, stats) => {
        if (error) reject(error);
        else if (stats?.hasErrors()) reject(new Error(stats.toString('errors-only')));
        else resolve();
      },
    );
  });
  return folder;
}
