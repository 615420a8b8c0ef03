import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { env, l10n, window } from 'vscode';
import english from '../../l10n/bundle.l10n.json';
import titles from '../../package.nls.json';
import { plainLatin, pseudo } from '../pseudo';
import * as messages from './shownMessages';
import * as steps from './shownSteps';
import * as shown from './shownTexts';
import { recorded, resetStandIn } from './vscodeStandIn';

/** Nothing that users read escapes translation: in a pseudo language, no plain Latin letter is left but in names. */

const { language } = env;
const asked = new Map<string, string>();

beforeAll(() => {
  // Whose numbers and times have no Latin letters.
  Object.assign(env, { language: 'el' });
});
afterAll(() => {
  Object.assign(env, { language });
});
beforeEach(() => {
  resetStandIn();
  recorded.translate = (message) => {
    const known = asked.get(message) ?? pseudo(message);
    asked.set(message, known);
    return known;
  };
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** What the window is asked to show: messages, choices, boxes, progress. */
function watchedWindow(): unknown[] {
  const seen: unknown[] = [];
  for (const name of ['showErrorMessage', 'showWarningMessage', 'showInformationMessage'] as const)
    vi.spyOn(window, name).mockImplementation((...texts: unknown[]) => {
      seen.push(texts);
      const isChoice = (each: unknown) => typeof each === 'string' || Object.hasOwn(each as object, 'title');
      const [choice] = texts.slice(1).filter(isChoice);
      return Promise.resolve(name === 'showWarningMessage' ? choice : undefined) as never;
    });
  vi.spyOn(window, 'showQuickPick').mockImplementation((items, options) => {
    seen.push(items, options);
    return Promise.resolve(
      (items as unknown as { mode?: string }[]).find(({ mode }) => mode === 'auto'),
    ) as never;
  });
  return seen;
}

const escaping = (texts: unknown): string[] => [
  ...new Set(textsIn(texts).filter((text) => plainLatin(text).length)),
];

/** Every text in it, but of what is no text for users. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value)
    .filter(([name]) => !['run', 'kind', 'grouping', 'mode', 'shellPath', 'shellArgs'].includes(name))
    .flatMap(([, each]) => textsIn(each));
}

describe('[L1] nothing escapes translation', () => {
  it.each([
    ['the connection', shown.ofConnection],
    ['failures', shown.ofFailures],
    ['the status bar', shown.ofStatusBar],
    ['the tree', shown.ofTree],
    ['the row for more, marks and openers', shown.ofMoreRowsAndMarks],
    ['the view around the tree', shown.ofView],
    ['the page of a session', shown.ofSessionView],
    ['what can be done on it', shown.ofSessionActions],
    ['documents of output', shown.ofDocuments],
    ['the advice of reports', () => shown.ofReports(l10n)],
    ['tools of chat agents', shown.ofTools],
    ['the page after a sign-in', shown.ofFinishedPage],
  ])('of %s', (_, texts) => {
    const found = texts();
    expect(textsIn(found).some((text) => text.includes('⟦'))).toBe(true);
    expect(escaping(found)).toEqual([]);
  });

  it.each([
    ['the status menu', messages.ofStatusMenu],
    ['commands', messages.ofCommands],
    ['notifications', messages.ofNotifications],
    ['signing in', messages.ofSignIn],
    ['running steps', steps.ofRunningSteps],
    ['the view of the connection', steps.ofConnectionView],
    ['a diagnosis', messages.ofDiagnosis],
  ])('of %s', async (_, drive) => {
    const seen = watchedWindow();
    const found = [await drive(seen), recorded.statusBarMessages];
    const boxes = recorded.inputs.map(({ title, placeholder }) => [title, placeholder]);
    expect(textsIn(found).some((text) => text.includes('⟦'))).toBe(true);
    expect(escaping([found, boxes])).toEqual([]);
  });
});

it('[L1] every text of the bundle was looked at', () => {
  expect(Object.keys(english).filter((text) => !asked.has(text))).toEqual([]);
});

it('[L1] a pseudo text is in brackets, longer, and has the placeholders of the other', () => {
  expect(pseudo('Cancel the session {0}?')).toBe('⟦Ƈȧñƈḗŀ ŧħḗ şḗşşīǿñ {0}?~~~~ ~~⟧');
  for (const text of [...Object.keys(english), ...Object.values(titles)])
    expect(plainLatin(pseudo(text).replace(/\{\d+\}|\]\([^)]*\)|`[^`]*`/g, ''))).toEqual([]);
});
