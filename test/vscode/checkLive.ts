import type { Workbench } from './workbench';
import type { Row } from './workbenchState';

const LIVE_TIMEOUT_MS = 30_000;
const EQUAL_TIMEOUT_MS = 15_000;
const READ_AGAIN_MS = 250;
const VIEW_CONTAINER = 'CodeMySpec';
const SESSIONS_VIEW = 'Sessions';

/** What the check needs of a session as REST gives it. */
export interface ListedSession {
  readonly type?: string | null;
  readonly display_name?: string | null;
  readonly status?: string | null;
  readonly execution_mode?: string | null;
  readonly component?: { readonly name?: string | null } | null;
  readonly project?: { readonly name?: string | null } | null;
}

/** Signs in as a user would and waits until VS Code shows exactly the server's sessions; returns their number. */
export async function checkLive(
  workbench: Workbench,
  signIn: (workbench: Workbench) => Promise<void>,
  sessionsOnServer: () => Promise<readonly ListedSession[]>,
): Promise<number> {
  await workbench.openView(VIEW_CONTAINER);
  await signIn(workbench);
  await workbench.statusBar(/CodeMySpec: Live\b/, {
    timeoutMs: LIVE_TIMEOUT_MS,
    what: 'the status bar to say that CodeMySpec is live',
  });

  for (const deadline = Date.now() + EQUAL_TIMEOUT_MS; ;) {
    const expected = (await sessionsOnServer()).map(lineOf);
    const difference = differenceBetween(shownLines(await rowsWithGroupsOpen(workbench)), expected);
    if (difference === undefined) return expected.length;
    if (Date.now() > deadline) throw new Error(difference);
    await new Promise((resolve) => setTimeout(resolve, READ_AGAIN_MS));
  }
}

async function rowsWithGroupsOpen(workbench: Workbench): Promise<readonly Row[]> {
  // Without a row VS Code shows a text in the place of the list, and there is nothing to scroll.
  if ((await workbench.rows(SESSIONS_VIEW)).length === 0) return [];
  const rows = await workbench.allRows(SESSIONS_VIEW);
  const closedGroups = rows.filter(({ level, expanded }) => level === 1 && expanded === false);
  if (closedGroups.length === 0) return rows;
  for (const { text } of closedGroups) await workbench.expand(text);
  return workbench.allRows(SESSIONS_VIEW);
}

/** `group: kind, mode, name, state` of each session, as a screen reader hears it, without what passes: times, and what is new. */
function shownLines(rows: readonly Row[]): string[] {
  const lines: string[] = [];
  let group = '';
  for (const { level, text, ariaLabel } of rows) {
    if (level === 1) group = text;
    if (level !== 2) continue;
    const words = ariaLabel.split(', ');
    const isNew = words.includes('new');
    // One that failed needs somebody until it is looked at.
    const place = isNew && words.includes('Failed') && group === 'Needs You' ? 'Finished' : group;
    lines.push(
      lineFrom(
        place,
        words.filter((word) => word !== 'new' && !TIME.test(word)),
      ),
    );
  }
  return lines;
}

const TIME = /^(\d+ (minutes|hours|days)|\d{1,2}:\d\d( [AP]M)?|[A-Z][a-z]{2} \d{1,2}|\d{4})$/;

const lineFrom = (group: string, words: readonly (string | null | undefined)[]): string =>
  `${group}: ${[...new Set(words)].filter(Boolean).sort().join(', ')}`;

function lineOf({ type, display_name, status, execution_mode, component, project }: ListedSession): string {
  const words = type?.replace(/Sessions?$/, '').match(/[A-Z]?[^A-Z]+|[A-Z]+(?![^A-Z])/g);
  const name = display_name ?? words?.join(' ') ?? 'Session';
  const place = component?.name ?? project?.name;
  const waits = status === 'active' && execution_mode === 'manual';
  const state = waits ? 'Waits for you' : status && `${status[0]?.toUpperCase()}${status.slice(1)}`;
  const group = waits ? 'Needs You' : status === 'active' ? 'Running' : 'Finished';
  return lineFrom(group, [name, state, place, execution_mode]);
}

function differenceBetween(shown: readonly string[], expected: readonly string[]): string | undefined {
  const surplus = [...shown];
  const missing: string[] = [];
  for (const line of expected) {
    const index = surplus.indexOf(line);
    if (index < 0) missing.push(line);
    else surplus.splice(index, 1);
  }
  if (missing.length === 0 && surplus.length === 0) return undefined;
  const list = (lines: readonly string[]): string => lines.map((line) => `\n  ${line}`).join('') || ' none';
  return `what is shown is not what the server holds\nnot shown:${list(missing)}\nshown without need:${list(surplus)}`;
}
