import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBackend, type Backend } from '../backend/backend';
import { call } from '../backend/call';
import { OUT_OF_BAND } from '../backend/oauth/clients';
import { authorizeUrl, read, REDIRECT_URI, register, STATE, type Registered } from '../backend/oauth/signIn';
import { findBrowser } from '../vscode/browser';

/** The embedded server's pages in a real browser, whose policies a plain HTTP client knows nothing of. */

const STEP_TIMEOUT_MS = 10_000;

let backend: Backend;
let browser: Browser;
let listener: Server;
let loopback: string;
const received: (string | undefined)[] = [];

beforeAll(async () => {
  backend = await startBackend({ oauth: { siteLogin: true } });
  listener = createServer((request, response) => {
    received.push(request.url);
    response.end('done');
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  loopback = `127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const { executablePath, args } = await findBrowser({ log: (line) => console.log(line) });
  browser = await chromium.launch({ executablePath, args: [...args] });
}, 300_000);

afterAll(async () => {
  await browser.close();
  listener.closeAllConnections();
  listener.close();
  await backend.stop();
});

describe('a user', () => {
  it.each([() => loopback, () => loopback.replace('127.0.0.1', 'localhost')])(
    '[A9] logs in to the site, allows, and the code arrives at the loopback address',
    async (host) => {
      const uri = `http://${host()}/callback`;
      const page = await consentOf(await register(backend, uri), `${uri}?windowId=1`);
      await page.getByRole('button', { name: 'Allow' }).click();
      await page.getByText('done').waitFor();
      expect(page.url()).toMatch(new RegExp(`^${uri}\\?code=[\\w-]{43}&state=${STATE}$`));
      expect(received).toContain(page.url().slice(`http://${host()}`.length));
    },
  );

  it('[A9] allows, and the browser is led to the scheme of the editor', async () => {
    const page = await consentOf(await register(backend), REDIRECT_URI);
    const refusals: string[] = [];
    page.on('console', (message) => refusals.push(message.text()));
    const answer = page.waitForResponse((response) => response.status() === 303);
    await page.getByRole('button', { name: 'Allow' }).click();
    expect(await (await answer).headerValue('location')).toMatch(
      new RegExp(`^${REDIRECT_URI}\\?code=[\\w-]{43}&state=${STATE}$`),
    );
    await page.close();
    expect(refusals).toEqual([]);
  });

  it('[A9] reads the code where nothing can come back', async () => {
    const page = await consentOf(await register(backend, OUT_OF_BAND), OUT_OF_BAND);
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByText('"code"').waitFor();
    expect(JSON.parse(await page.locator('body').innerText())).toEqual({
      code: expect.stringMatching(/^[\w-]{43}$/) as string,
    });
  });

  it('[A9] reads what is wrong where the client has several URIs', async () => {
    const body = { client_name: 'VS Code', redirect_uris: [`http://${loopback}/callback`, REDIRECT_URI] };
    const client = read(await call(`${backend.url}/oauth/register`, { method: 'POST', body })) as Registered;
    const page = await consentOf(client, REDIRECT_URI);
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.getByText('This sign-in cannot go on').waitFor();
    expect(page.url()).toBe(`${backend.url}/oauth/authorize`);
  });
});

/** The page with the question, in a browser of its own that logged in to the site first. */
async function consentOf(client: Registered, redirectUri: string): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(STEP_TIMEOUT_MS);
  await page.goto(authorizeUrl(backend, client, { redirect_uri: redirectUri }));
  expect(page.url()).toBe(`${backend.url}/users/log-in`);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('button', { name: 'Allow' }).waitFor();
  return page;
}
