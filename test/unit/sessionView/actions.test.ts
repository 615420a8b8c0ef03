import { expect, test } from 'vitest';
import manifest from '../../../package.json';
import { mergeSession, type Session } from '../../../src/model/session';
import { actionsOf, isAction } from '../../../src/sessionView/actions';
import { groupOf } from '../../../src/views/grouping';
import { itemOf } from '../../../src/views/sessionItems';

const PENDING = {
  ...{ id: 'i1', step_name: 'Run Tests', result: null, completed_at: null },
  command: { id: 'c', module: null, command: 'mix test', pipe: null, metadata: {}, timestamp: null },
};

const SESSIONS = ['active', 'complete', 'failed', 'cancelled', 'paused', null].flatMap((status) =>
  ['manual', 'auto', 'agentic', null].flatMap((execution_mode) =>
    [[], [PENDING]].flatMap((interactions) =>
      ['0b9f6a50', null].flatMap((external_conversation_id) =>
        [undefined, { id: '2', name: 'ada' }].map((owner) =>
          mergeSession(undefined, {
            ...{ id: '7', status, execution_mode, interactions, external_conversation_id },
            ...(owner && { owner }),
          }),
        ),
      ),
    ),
  ),
);

test('[U1] the page of a session offers what the menu of its row does', () => {
  for (const session of SESSIONS) {
    const offered = actionsOf(session, () => undefined).map(({ name }) => name);
    expect([session, [...offered].sort()]).toEqual([session, inMenuOf(session)]);
  }
  expect(SESSIONS.filter(({ status }) => status === 'failed').some((one) => inMenuOf(one).length > 0)).toBe(
    true,
  );
});

function inMenuOf(session: Session): string[] {
  const item = itemOf(
    {
      ...{ kind: 'session', id: '7', session, freshness: undefined, need: undefined, asked: undefined },
      parent: { kind: 'group', id: 'g', group: groupOf('none', session, undefined), rows: [], shown: 1 },
      ...{ isUnseen: false, activeAt: 0, isStill: false, namesakes: new Set(), rows: [], steps: new Map() },
    },
    0,
  );
  const names = manifest.contributes.menus['view/item/context']
    .filter(({ when }) =>
      new RegExp(/viewItem =~ \/(.*)\/$/.exec(when)?.[1] ?? '').test(item.contextValue ?? ''),
    )
    .map(({ command }) => command.replace('codeMySpec.', ''));
  return [...new Set(names)].filter(isAction).sort();
}
