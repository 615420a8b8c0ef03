import type { Workbench } from './workbench';

const PAGE_TIMEOUT_MS = 20_000;

/** Pastes a token, as a user would. */
export async function signInWithToken(workbench: Workbench, token: string): Promise<void> {
  await workbench.runCommand('CodeMySpec: Sign In with a Token…');
  await workbench.waitFor(({ quickInput }) => quickInput?.password, { what: 'a hidden input for the token' });
  await workbench.typeInput(token);
}

/** Signs in on the server's own page in the browser, and allows what it asks; `begin` is what leads there. */
export async function signInOnPage(
  workbench: Workbench,
  begin = () => workbench.runCommand('CodeMySpec: Sign In'),
): Promise<void> {
  const opened = workbench.context.waitForEvent('page', { timeout: PAGE_TIMEOUT_MS });
  await begin();
  const page = await opened;
  try {
    await page.getByRole('button', { name: 'Allow' }).click({ timeout: PAGE_TIMEOUT_MS });
  } catch (cause) {
    const seen = await page.locator('body').innerText();
    throw new Error(`the server's page asks nothing that could be allowed; it reads:\n${seen}`, { cause });
  }
}

/** VS Code asks no question before it opens this server's pages. */
export const trusting = (url: string): readonly string[] => ['--link-protection-trusted-domains', url];
