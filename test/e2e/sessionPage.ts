import type { Frame } from 'playwright-core';
import type { Workbench } from '../vscode/workbench';

/** The page of a webview in which this can be seen. */
export function pageWith(workbench: Workbench, selector: string, what: string): Promise<Frame> {
  return workbench.waitFor(
    async () => {
      for (const frame of workbench.page.frames()) {
        const isThere = await frame
          .locator(`${selector}:visible`)
          .count()
          .catch(() => 0);
        if (isThere > 0) return frame;
      }
      return undefined;
    },
    { what, timeoutMs: 30_000 },
  );
}

/** The page of the session that is open in this window. */
export const sessionPage = (workbench: Workbench): Promise<Frame> =>
  pageWith(workbench, 'main h1', 'the page of a session');
