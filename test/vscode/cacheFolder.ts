import os from 'node:os';
import path from 'node:path';

export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env['CODEMYSPEC_CACHE']) return path.resolve(env['CODEMYSPEC_CACHE']);
  if (env['XDG_CACHE_HOME']) return path.join(env['XDG_CACHE_HOME'], 'codemyspec-vscode');
  return path.join(os.homedir(), '.cache', 'codemyspec-vscode');
}
