import type { Frame } from 'playwright-core';
import type { Workbench } from '../vscode/workbench';

/** The page of the session that is open in this window. */
export function sessionPage(workbench: Workbench): Promise<Frame> {
  return workbench.waitFor(
    async () => {
      for (const frame of workbench.page.frames()) {
        const isThere = await frame
          .locator('main h1:visible')
          .count()
          .catch(() => 0);
        if (isThere > 0) return frame;
      }
      return undefined;
    },
    { what: 'the page of a session', timeoutMs: 30_000 },
  );
}
