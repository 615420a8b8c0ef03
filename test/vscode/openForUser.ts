import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { artifactsFolder } from './projectRoot';

/**
 * Opens the url in the user's own browser, where there is a user and a display. Other users of the machine
 * can read the arguments of a program, so these name a page that leads on, and that only this user can read.
 */
export function openForUser(url: string, env: NodeJS.ProcessEnv = process.env): void {
  if (env['CI']) return;
  const isMac = process.platform === 'darwin';
  if (!isMac && !env['DISPLAY'] && !env['WAYLAND_DISPLAY']) return;
  const page = pathToFileURL(writePage(url)).href;
  const opener = spawn(isMac ? 'open' : 'xdg-open', [page], { stdio: 'ignore', detached: true, env });
  opener.once('error', () => undefined);
  opener.unref();
}

function writePage(url: string): string {
  const file = path.join(artifactsFolder, `open-${process.pid}.html`);
  const target = url.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  const page = `<!doctype html>\n<meta charset="utf-8">\n<meta http-equiv="refresh" content="0; url=${target}">\n`;
  fs.mkdirSync(artifactsFolder, { recursive: true });
  fs.rmSync(file, { force: true });
  fs.writeFileSync(file, page, { mode: 0o600, flag: 'wx' });
  process.once('exit', () => fs.rmSync(file, { force: true }));
  return file;
}
