import { spawn } from 'node:child_process';

/** Opens the url in the person's own browser, where there is a person and a display. */
export function openForPerson(url: string, env: NodeJS.ProcessEnv = process.env): void {
  if (env['CI']) return;
  const isMac = process.platform === 'darwin';
  if (!isMac && !env['DISPLAY'] && !env['WAYLAND_DISPLAY']) return;
  const opener = spawn(isMac ? 'open' : 'xdg-open', [url], { stdio: 'ignore', detached: true });
  opener.once('error', () => undefined);
  opener.unref();
}
