import fs from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type BrowserContext, type Locator, type Page } from 'playwright-core';
import type { Browser as BrowserProgram } from './browser';
import { keepTrace } from '../traces';
import { artifactsFolder } from './projectRoot';
import {
  describeState,
  findStatusBarItem,
  matches,
  rowsOf,
  viewsOf,
  type Dialog,
  type Matcher,
  type Notification,
  type QuickInput,
  type Row,
  type StatusBarItem,
  type WorkbenchState,
} from './workbenchState';

const READY_TIMEOUT_MS = 60_000;
const ACTION_TIMEOUT_MS = 15_000;
const POLL_MS = 50;
const LANGUAGE_COOKIE = 'vscode.nls.locale';
const WINDOW = { width: 1280, height: 800 };

export interface WaitOptions {
  /** Completes "expected …" in the error. */
  readonly what: string;
  readonly timeoutMs?: number;
}

export interface Clip {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export async function openWorkbench(options: {
  url: string;
  browser: BrowserProgram;
  /** Opens this folder instead of the one in the url. */
  workspace?: string;
  /** Of the window; VS Code must have it. */
  language?: string;
  headless?: boolean;
}): Promise<Workbench> {
  const running = await chromium.launch({
    executablePath: options.browser.executablePath,
    args: [...options.browser.args],
    headless: options.headless ?? true,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  const url = new URL(options.url);
  if (options.workspace !== undefined) url.searchParams.set('folder', options.workspace);
  try {
    return await openWindow(running, url.href, options.language);
  } catch (error) {
    await running.close();
    throw error;
  }
}

async function openWindow(running: Browser, url: string, language = 'en'): Promise<Workbench> {
  const context = await running.newContext({ viewport: WINDOW, reducedMotion: 'reduce' });
  await context.addCookies([{ name: LANGUAGE_COOKIE, value: language, url: new URL(url).origin }]);
  context.setDefaultTimeout(ACTION_TIMEOUT_MS);
  await context.addInitScript({ path: path.join(__dirname, 'readWorkbench.js') });
  return openPage(running, context, url);
}

async function openPage(running: Browser, context: BrowserContext, url: string): Promise<Workbench> {
  const workbench = new Workbench(running, context, await context.newPage(), url);
  await workbench.load();
  return workbench;
}

/** One window of VS Code, worked as a user would: by what can be seen and clicked. */
export class Workbench {
  /** What the page itself reported as an error or a warning. */
  readonly pageLog: string[] = [];

  constructor(
    private readonly running: Browser,
    readonly context: BrowserContext,
    readonly page: Page,
    private readonly url: string,
  ) {
    page.on('console', (message) => {
      // The log of the window itself: VS Code writes it nowhere else.
      keepTrace(message.text());
      if (['error', 'warning'].includes(message.type())) this.pageLog.push(message.text());
    });
    page.on('pageerror', (error) => this.pageLog.push(error.message));
  }

  async load(): Promise<void> {
    await this.page.goto(this.url, { waitUntil: 'domcontentloaded', timeout: READY_TIMEOUT_MS });
    await this.waitFor(({ statusBar, views }) => statusBar.length > 0 && views.length > 0, {
      what: 'the workbench to be drawn',
      timeoutMs: READY_TIMEOUT_MS,
    });
  }

  async state(): Promise<WorkbenchState> {
    return this.page.evaluate<WorkbenchState>('readWorkbench()');
  }

  /** Looks at the window until the predicate gives something, and returns that. */
  async waitFor<T>(
    predicate: (state: WorkbenchState) => T | Promise<T>,
    { what, timeoutMs = ACTION_TIMEOUT_MS }: WaitOptions,
  ): Promise<Exclude<Awaited<T>, false | null | undefined>> {
    const deadline = Date.now() + timeoutMs;
    for (let seen: WorkbenchState | undefined, failure: unknown; ;) {
      try {
        seen = await this.state();
        failure = undefined;
        const result = await predicate(seen);
        if (result !== false && result !== undefined && result !== null) {
          return result as Exclude<Awaited<T>, false | null | undefined>;
        }
      } catch (error) {
        failure = error;
      }
      if (this.page.isClosed() || Date.now() > deadline) {
        throw await this.#err(`expected ${what}, for ${timeoutMs / 1000} s`, seen, failure);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Shows the side bar of this container; does nothing when it is shown already. */
  async openView(containerTitle: string): Promise<void> {
    await this.#act(`the ${containerTitle} icon in the activity bar`, async () => {
      const item = this.page
        .locator('.activitybar .action-item', {
          has: this.page.locator(`.action-label[aria-label^=${JSON.stringify(containerTitle)}]`),
        })
        .first();
      await item.waitFor();
      const isShown =
        (await item.getAttribute('aria-expanded')) === 'true' || (await hasClass(item, 'checked'));
      if (!isShown) await item.click();
    });
    await this.waitFor(
      async () => (await this.sideBarTitle()).toLowerCase().startsWith(containerTitle.toLowerCase()),
      { what: `the side bar to show ${containerTitle}` },
    );
  }

  async sideBarTitle(): Promise<string> {
    const title = this.page.locator('.part.sidebar .composite.title .title-label');
    // Older versions show it in capitals.
    return (await title.count()) > 0 ? ((await title.first().textContent()) ?? '') : '';
  }

  /** Drags the edge of the side bar until it is about so many pixels wide. */
  async resizeSideBar(width: number): Promise<void> {
    const sideBar = this.page.locator('.part.sidebar');
    const box = (await sideBar.boundingBox())!;
    const [edge, y] = [box.x + box.width, box.y + box.height - 60];
    await this.page.mouse.move(edge, y);
    await this.page.mouse.down();
    await this.page.mouse.move(box.x + width, y, { steps: 4 });
    await this.page.mouse.up();
    await this.page.mouse.move(box.x + width + 200, y);
    await this.waitFor(async () => Math.abs((await sideBar.boundingBox())!.width - width) < 12 || undefined, {
      what: `a side bar of ${width} px`,
    });
  }

  async badge(containerTitle: string): Promise<string> {
    const label = this.page.locator(
      `.activitybar .action-item:has(.action-label[aria-label^=${JSON.stringify(containerTitle)}]) .badge-content`,
    );
    return (await label.count()) > 0 ? label.first().innerText() : '';
  }

  async rows(view?: string): Promise<readonly Row[]> {
    return rowsOf(await this.state(), view);
  }

  /** Every row, those that only scrolling brings up too. Leaves the list at its top. */
  async allRows(view: string): Promise<readonly Row[]> {
    const list = this.#pane(view).locator('.monaco-list').first();
    await this.#act(`the list of ${view}`, () => list.hover({ position: { x: 5, y: 5 } }));
    const step = ((await list.boundingBox())?.height ?? WINDOW.height) / 2;
    await this.#scroll(view, -step);
    const found = new Map((await this.rows(view)).map((row) => [row.index, row]));
    await this.#scroll(view, step, (rows) => {
      for (const row of rows) found.set(row.index, row);
    });
    await this.#scroll(view, -step);
    return [...found.values()].sort((one, other) => one.index - other.index);
  }

  async findRow(text: Matcher, options: Partial<WaitOptions> = {}): Promise<Row> {
    return this.waitFor((state) => rowsOf(state).find((row) => rowMatches(row, text)), {
      what: `a row ${String(text)}`,
      ...options,
    });
  }

  async expand(text: Matcher): Promise<void> {
    const row = await this.findRow(text);
    if (row.expanded !== false) return;
    await this.#act(`the arrow of the row ${String(text)}`, () =>
      this.#row(row).locator('.monaco-tl-twistie').click(),
    );
    await this.waitFor((state) => rowsOf(state).some((one) => rowMatches(one, text) && one.expanded), {
      what: `the row ${String(text)} to be expanded`,
    });
  }

  async clickRow(text: Matcher): Promise<void> {
    const row = await this.findRow(text);
    await this.#act(`the row ${String(text)}`, () => this.#row(row).click());
  }

  /** One of the icons that a row shows while the pointer is on it. */
  async clickRowAction(text: Matcher, action: string): Promise<void> {
    const row = this.#row(await this.findRow(text));
    await this.#act(`the action ${action} of the row ${String(text)}`, async () => {
      await row.hover();
      await row.locator(`.actions .action-label[aria-label^=${JSON.stringify(action)}]`).click();
    });
  }

  async chooseFromRowMenu(text: Matcher, entry: string): Promise<void> {
    const row = this.#row(await this.findRow(text));
    await this.#act(`${entry} in the menu of the row ${String(text)}`, async () => {
      await row.click({ button: 'right' });
      const label = this.page.locator('.monaco-menu .action-label').getByText(entry, { exact: true });
      // A menu takes no click in the moment in which it opens.
      await label.hover();
      await this.page.waitForTimeout(POLL_MS * 4);
      await label.click();
    });
  }

  /** Puts the pointer on the row and returns the tooltip that comes up. */
  async hover(text: Matcher): Promise<string> {
    const row = this.#row(await this.findRow(text));
    return this.#tooltipOf(`the row ${String(text)}`, row.locator('.monaco-icon-label').first());
  }

  async statusBar(matcher: Matcher, options: Partial<WaitOptions> = {}): Promise<StatusBarItem> {
    return this.waitFor((state) => findStatusBarItem(state, matcher), {
      what: `${String(matcher)} in the status bar`,
      ...options,
    });
  }

  async clickStatusBar(matcher: Matcher): Promise<void> {
    const { id } = await this.statusBar(matcher);
    await this.#act(`${String(matcher)} in the status bar`, () =>
      this.#byId(id).locator('a').first().click(),
    );
  }

  async hoverStatusBar(matcher: Matcher): Promise<string> {
    const { id } = await this.statusBar(matcher);
    return this.#tooltipOf(`${String(matcher)} in the status bar`, this.#byId(id));
  }

  /** `title` as the palette shows it, the category included: `CodeMySpec: Sign In`. */
  async runCommand(title: string): Promise<void> {
    await this.#act(`the command ${title}`, async () => {
      await this.page.keyboard.press('F1');
      const input = this.page.locator('.quick-input-widget input.input');
      await input.fill(`>${title}`);
    });
    const place = await this.waitFor(
      ({ quickInput }) => {
        const index = quickInput?.value === `>${title}` ? quickInput.items.indexOf(title) : -1;
        return index >= 0 ? { index } : undefined;
      },
      { what: `the command "${title}" in the palette` },
    );
    await this.#chooseItem(title, place.index);
  }

  async commandsMatching(text: string): Promise<readonly string[]> {
    await this.page.keyboard.press('F1');
    await this.page.locator('.quick-input-widget input.input').fill(`>${text}`);
    const items = await this.waitFor(
      ({ quickInput }) => (quickInput?.value === `>${text}` ? quickInput.items : undefined),
      { what: 'the command palette' },
    );
    await this.page.keyboard.press('Escape');
    return items;
  }

  async inputBox(options: Partial<WaitOptions> = {}): Promise<QuickInput> {
    return this.waitFor(({ quickInput }) => quickInput, { what: 'an input box', ...options });
  }

  /** Types into the open input box and accepts it. */
  async typeInput(text: string): Promise<void> {
    await this.inputBox();
    await this.#act('the input box', async () => {
      await this.page.locator('.quick-input-widget input.input').fill(text);
      await this.page.keyboard.press('Enter');
    });
  }

  async pick(item: string): Promise<void> {
    const place = await this.waitFor(
      ({ quickInput }) => {
        const index = quickInput?.items.indexOf(item) ?? -1;
        return index >= 0 ? { index } : undefined;
      },
      { what: `"${item}" to choose from` },
    );
    await this.#chooseItem(item, place.index);
  }

  async pressKey(key: string): Promise<void> {
    await this.page.keyboard.press(key);
  }

  async notifications(): Promise<readonly Notification[]> {
    return (await this.state()).notifications;
  }

  async notificationButton(name: string): Promise<void> {
    const toast = this.page.locator('.notification-toast:visible .monaco-button');
    await this.#act(`the button ${name} of a notification`, () =>
      toast.getByText(name, { exact: true }).click(),
    );
  }

  async dialog(options: Partial<WaitOptions> = {}): Promise<Dialog> {
    return this.waitFor(({ dialog }) => dialog, { what: 'a dialog', ...options });
  }

  async dialogButton(name: string): Promise<void> {
    await this.waitFor(({ dialog }) => dialog?.buttons.includes(name) || undefined, {
      what: `a dialog with the button "${name}"`,
    });
    const button = this.page.locator('.monaco-dialog-box .monaco-button').getByText(name, { exact: true });
    await this.#act(`the button ${name} of the dialog`, () => button.first().click());
    await this.waitFor(({ dialog }) => dialog?.buttons.includes(name) !== true, {
      what: `the dialog to close on ${name}`,
    });
  }

  async welcomeText(view?: string): Promise<string> {
    return viewsOf(await this.state(), view)
      .map(({ welcome }) => welcome)
      .filter(Boolean)
      .join('\n');
  }

  async clickWelcomeButton(name: string): Promise<void> {
    const button = this.page.locator('.welcome-view-content .monaco-button:visible');
    await this.#act(`the button ${name} of a welcome text`, () =>
      button.getByText(name, { exact: true }).first().click(),
    );
  }

  async clickViewAction(view: string, action: string): Promise<void> {
    const title = this.page.locator('.part.sidebar > .composite.title, .part.sidebar .pane-header');
    await this.#act(`the action ${action} of ${view}`, async () => {
      await this.#pane(view).hover({ position: { x: 20, y: 60 } });
      await title
        .locator(`.action-label[aria-label^=${JSON.stringify(action)}]:visible`)
        .first()
        .click();
    });
  }

  async screenshot(file: string, options: { clip?: Clip | string } = {}): Promise<void> {
    fs.mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
    const { clip } = options;
    const settings = { path: file, animations: 'disabled', caret: 'hide' } as const;
    if (typeof clip === 'string') await this.page.locator(clip).first().screenshot(settings);
    else await this.page.screenshot({ ...settings, ...(clip === undefined ? {} : { clip }) });
  }

  /** A second window with an extension host of its own, in a browser of its own. */
  async newWindow(options: { workspace?: string; language?: string } = {}): Promise<Workbench> {
    const url = new URL(this.url);
    if (options.workspace !== undefined) url.searchParams.set('folder', options.workspace);
    return openWindow(this.running, url.href, options.language);
  }

  /** A second window in the same browser, which shares what VS Code keeps there. */
  async newTab(): Promise<Workbench> {
    return openPage(this.running, this.context, this.url);
  }

  async reload(): Promise<void> {
    await this.load();
  }

  async closeWindow(): Promise<void> {
    if (this.context.pages().length > 1) await this.page.close();
    else await this.context.close();
  }

  /** Closes this window, those opened from it, and the browser. */
  async close(): Promise<void> {
    keepTrace(this.pageLog.join('\n'));
    keepTrace((await this.notifications()).map(({ text }) => text).join('\n'));
    await this.running.close();
  }

  async #tooltipOf(what: string, element: Locator): Promise<string> {
    await this.page.mouse.move(WINDOW.width / 2, WINDOW.height / 2);
    await this.waitFor(({ hover }) => hover === '', { what: 'the last tooltip to go' });
    await this.#act(what, () => element.hover());
    return this.waitFor(({ hover }) => hover || undefined, { what: `a tooltip of ${what}` });
  }

  /** Turns the wheel until the rows stay the same. */
  async #scroll(view: string, deltaY: number, see: (rows: readonly Row[]) => void = () => {}): Promise<void> {
    const extent = (rows: readonly Row[]): string => `${rows.at(0)?.index}-${rows.at(-1)?.index}`;
    let still = 0;
    for (let before = await this.rows(view); still < 2;) {
      await this.page.mouse.wheel(0, deltaY);
      await this.page.waitForTimeout(POLL_MS);
      const after = await this.rows(view);
      see(after);
      still = extent(after) === extent(before) ? still + 1 : 0;
      before = after;
    }
  }

  async #chooseItem(item: string, index: number): Promise<void> {
    const row = this.page.locator(`.quick-input-list .monaco-list-row[data-index="${index}"]`);
    await this.#act(`${item} in the list`, () => row.click());
  }

  #pane(view: string): Locator {
    const title = this.page.locator('.pane-header .title').getByText(view, { exact: true });
    return this.page.locator('.pane', { has: title }).first();
  }

  #row(row: Row): Locator {
    return this.page
      .locator(`.pane-body .monaco-list-row[aria-label=${JSON.stringify(row.ariaLabel)}]:visible`)
      .first();
  }

  #byId(id: string): Locator {
    return this.page.locator(`.statusbar-item[id=${JSON.stringify(id)}]`);
  }

  async #act<T>(what: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      const seen = await this.state().catch(() => undefined);
      throw await this.#err(`could not use ${what}`, seen, error);
    }
  }

  async #err(message: string, seen: WorkbenchState | undefined, cause: unknown): Promise<Error> {
    const file = path.join(artifactsFolder, `failure-${new Date().toISOString().replaceAll(':', '')}.png`);
    const shot = await this.screenshot(file).then(
      () => `screenshot: ${path.relative(process.cwd(), file)}`,
      () => 'no screenshot: the window is gone',
    );
    const what = seen === undefined ? 'nothing' : describeState(seen);
    const reason = cause instanceof Error ? `\nbecause: ${cause.message.split('\nBrowser logs:')[0]}` : '';
    return new Error(`${message}; seen:\n${what}\n${shot}${reason}`, { cause });
  }
}

function rowMatches(row: Row, matcher: Matcher): boolean {
  return typeof matcher === 'string' ? row.text === matcher : matches(row.text, matcher);
}

async function hasClass(locator: Locator, name: string): Promise<boolean> {
  return ((await locator.getAttribute('class')) ?? '').split(' ').includes(name);
}
