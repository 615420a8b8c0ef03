import { describe, expect, it } from 'vitest';
import type { SessionsState } from '../../machines/sessions';
import { chooseTurn } from '../../src/actors/lookUp';
import { errorCodeOf } from '../../src/auth/oauthResponse';
import { networkFailure } from '../../src/http/networkFailure';
import { createLog } from '../../src/log';
import { oneLine, plainText } from '../../src/model/plainText';
import { parseServerAddress } from '../../src/model/serverAddress';
import { markdownText } from '../../src/views/markdownText';
import { SessionListProvider } from '../../src/views/sessionList';
import type { Row } from '../../src/views/sessionRows';
import { elapsedMs, expectLinearTime } from '../linearTime';
import { FakeFeed, openerOf } from './views/sessionFeed';

const MAX_MS = 250;

/** What patterns are slow on: long beginnings of what never comes. */
const TEXTS = [
  'a',
  'a://',
  '://a@',
  'x-://',
  'eyJ-',
  'eyJ.',
  'Bearer ',
  'token ',
  'token=',
  'proxy ',
  'error: :',
  'invalid_',
  'invalid_grant_',
  'Sessions',
  'aB',
  'ABc',
  '.',
  '/',
  ' ',
  '\n \u200b',
  '\u200d',
  'a\u200d',
  'e\u0301',
  '👩‍',
  '\ud83d',
];

const WORK: Record<string, (text: string) => unknown> = {
  'one line of it': oneLine,
  'a label': plainText,
  'a label as markdown': markdownText,
  'a line of the log': (text) => createLog({ log: () => {} }, 'Http').warn(`session ${text}`),
  'the failure of a request': (text) =>
    networkFailure(new Error(text, { cause: new Error(text) }), `GET /${text}`),
  'the code of an OAuth error': (text) => errorCodeOf({ error: 'invalid_request', error_description: text }),
  'the name of an OAuth error': (text) => errorCodeOf({ error: text, error_description: text }),
  'an address': (text) => parseServerAddress(`https://example.com/${text}x`),
  'rows and their tooltips': showSession,
};

describe('[H3] the work on a text of a server grows with its length', () => {
  it.each(Object.keys(WORK))('%s', async (name) => {
    const work = WORK[name]!;
    for (const text of TEXTS) {
      await expectLinearTime((length) => {
        const long = text.repeat(length / text.length);
        return elapsedMs(() => work(long));
      }, MAX_MS);
    }
  });
});

it('[H3] whom to ask for is chosen in the same time, however long the times of the sessions are', () => {
  const ids = new Set(Array.from({ length: 20_000 }, (_, n) => String(n)));
  const chosen = (chars: number) => {
    const entries = new Map<string, unknown>();
    for (const id of ids) {
      // Flat text in rising order: each is compared with all that were chosen before it.
      const inserted_at = Buffer.from(`${'x'.repeat(chars)}${id.padStart(8, '0')}`).toString();
      entries.set(id, { session: { status: 'active', inserted_at }, confirmedAt: 0 });
    }
    const beganAt = performance.now();
    chooseTurn(ids, { entries, incomplete: new Set() } as unknown as SessionsState);
    return performance.now() - beganAt;
  };
  chosen(1);
  const best = (chars: number) => Math.min(chosen(chars), chosen(chars), chosen(chars));
  expect(best(3_000)).toBeLessThan(5 * best(24) + 20);
});

function showSession(text: string): void {
  const nested = { id: text, name: text, type: text, module_name: text };
  const step = {
    ...{ id: text, step_name: text, completed_at: text },
    command: { id: text, module: text, command: text, pipe: text, metadata: null, timestamp: text },
    result: {
      ...{ id: text, status: text, data: null, code: null, error_message: text },
      ...{ stdout: text, stderr: text, duration_ms: null, timestamp: text },
    },
  };
  const feed = new FakeFeed({
    ...{ id: '1', type: text, agent: text, environment: text, execution_mode: text, status: 'active' },
    ...{ inserted_at: text, updated_at: text, project: { ...nested, status: text }, component: nested },
    interactions: [step, { ...step, id: '2', step_name: null }],
  });
  const list = new SessionListProvider(
    feed,
    {
      needOf: () => 'result',
      askedOf: () => ({ message: text, at: 0, isCertain: true }),
      isUnseen: () => true,
      onChange: () => () => {},
    },
    openerOf,
  );
  const show = (rows: readonly Row[]): void => {
    for (const row of rows) {
      list.resolveTreeItem(list.getTreeItem(row), row);
      show(list.getChildren(row));
    }
  };
  show(list.getChildren());
  list.dispose();
}
