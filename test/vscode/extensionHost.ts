import { chromium } from 'playwright-core';
import type { Browser } from './browser';
import type { VSCodeServer } from './server';

const RUN_TIMEOUT_MS = 120_000;

/** `args` for `startVSCode`, without which `runInExtensionHost` finds no test driver. */
export const TEST_DRIVER_ARGUMENTS: readonly string[] = ['--vscode-option', 'enable-smoke-test-driver'];

/**
 * Runs `run()` of the CommonJS module `testsPath` inside the extension host, with the real `vscode`
 * and with the extension of the folder `extensionPath`; both paths are absolute. Returns what the
 * host wrote to its console; rejects when `run` throws. Toasts are hidden and modal dialogs throw.
 */
export async function runInExtensionHost(options: {
  server: VSCodeServer;
  browser: Browser;
  extensionPath: string;
  testsPath: string;
  workspace?: string;
  timeoutMs?: number;
}): Promise<readonly string[]> {
  const { server, browser, extensionPath, testsPath, timeoutMs = RUN_TIMEOUT_MS } = options;
  const remote = (file: string): string => `vscode-remote://127.0.0.1:${server.port}${file}`;
  const url = new URL(server.url);
  url.searchParams.set('folder', options.workspace ?? server.workspace);
  url.searchParams.set(
    'payload',
    JSON.stringify([
      ['extensionDevelopmentPath', remote(extensionPath)],
      ['extensionTestsPath', remote(testsPath)],
    ]),
  );

  const running = await chromium.launch({
    executablePath: browser.executablePath,
    args: [...browser.args],
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  const logs: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  try {
    const page = await running.newPage();
    const exitCode = new Promise<number>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error('the extension host did not finish in time')), timeoutMs);
      page.once('close', () => reject(new Error('the window closed before the tests ended')));
      void page.exposeFunction('codeAutomationExit', (code: number) => resolve(code));
    });
    exitCode.catch(() => undefined);
    await page.exposeFunction('codeAutomationLog', (_type: string, args: unknown[]) => {
      logs.push(args.map((arg) => (typeof arg === 'string' ? arg : JSON.stringify(arg))).join(' '));
    });
    await page.goto(url.href, { waitUntil: 'domcontentloaded' });
    const code = await exitCode;
    if (code !== 0) throw new Error(`the tests ended with code ${code}`);
    return logs;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${testsPath} failed in the extension host: ${reason}\n${logs.join('\n')}`, { cause });
  } finally {
    clearTimeout(timer);
    await running.close();
  }
}
