import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { MAX_NOTIFICATION_CHARS, MAX_NOTIFICATION_TYPE_CHARS } from '../../../src/model/limits';
import { parseNotification } from '../../../src/model/sessionNotification';

const wire = join(import.meta.dirname, '../../backend/wire');

it.each(['g2', 'g3'])('[D10] what a server of %s was recorded to send is read', (generation) => {
  const recorded = readFileSync(join(wire, `${generation}.jsonl`), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"notification_hook"') && line.startsWith('{"recv"'))
    .map((line) => (JSON.parse(line) as { recv: [0, 0, 0, 0, object] }).recv[4]);
  expect(recorded.map(parseNotification)).toEqual([
    {
      sessionId: expect.stringMatching(/^[\da-f-]{36}$/) as string,
      type: 'permission_prompt',
      message: 'Claude needs your permission',
    },
  ]);
});

it('[D10] an unknown type is told as it is, and a message that is no text is none', () => {
  for (const data of [undefined, null, 'text', [], { message: 7 }, { message: {} }, { message: ' \n' }]) {
    expect(parseNotification({ session_id: 7, notification_type: 'later', data })).toEqual({
      sessionId: '7',
      type: 'later',
    });
  }
});

it('[D10] one without a session or a type is none', () => {
  expect(
    [
      {},
      { notification_type: 'idle_prompt' },
      { session_id: {}, notification_type: 'idle_prompt' },
      { session_id: 7 },
      { session_id: 7, notification_type: 8 },
      { session_id: 7, notification_type: '' },
    ].map(parseNotification),
  ).toEqual(Array.from({ length: 6 }, () => undefined));
});

it('[H1][X4] both are one line of plain text, and bounded', () => {
  const read = parseNotification({
    session_id: 'a',
    notification_type: 't'.repeat(MAX_NOTIFICATION_TYPE_CHARS + 1),
    data: { message: `\u001b[31mred\u202e\n${'m'.repeat(MAX_NOTIFICATION_CHARS)}` },
  });
  expect(read?.message).toMatch(/^\[31mred m+…$/);
  expect([read?.type.length, read?.message?.length]).toEqual([
    MAX_NOTIFICATION_TYPE_CHARS,
    MAX_NOTIFICATION_CHARS,
  ]);
});
