import fs from 'node:fs/promises';
import path from 'node:path';
import { runProcess } from './runProcess';

// An outer `npm run` exports its own prefix, user agent and lifecycle to its children: an inner
// npm that inherits them installs elsewhere. What says where packages come from is the user's.
const USERS_OWN =
  /^npm_config_(registry|userconfig|globalconfig|cache|proxy|https?_proxy|noproxy|ca|cafile|strict_ssl|offline|prefer_offline|fetch_.*|maxsockets|@.*|\/\/.*)$/i;

export function npmEnvironment(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(npm_|INIT_CWD$)/i.test(name) || USERS_OWN.test(name)),
  );
}

/** Without `packages`, installs what the folder's own package.json asks for. */
export async function npmInstall(folder: string, packages: readonly string[] = []): Promise<void> {
  await fs.mkdir(folder, { recursive: true });
  const manifest = path.join(folder, 'package.json');
  await fs.writeFile(manifest, '{"private":true}\n', { flag: 'wx' }).catch(ignoreExisting);
  const flags = [
    '--ignore-scripts',
    '--omit=dev',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--engine-strict=false',
    '--loglevel=error',
  ];
  await runProcess('npm', ['install', ...flags, ...packages], { cwd: folder, env: npmEnvironment() });
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
