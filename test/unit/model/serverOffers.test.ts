import { describe, expect, it } from 'vitest';
import { parseOffers } from '../../../src/model/serverOffers';

const TOPIC = 'vscode:project:5a0c';

it('[W3] an announcement is read, with commands that are not known here', () => {
  const reply = { user_id: 7, commands: ['cancel', 'sing'], project_topic: TOPIC, later: 1 };
  expect(parseOffers(reply)).toEqual({
    userId: '7',
    commands: new Set(['cancel', 'sing']),
    projectTopic: TOPIC,
  });
});

describe('nothing is announced', () => {
  it.each([
    [undefined],
    [null],
    ['vscode:user'],
    [[]],
    [{}],
    [{ commands: ['cancel'], project_topic: TOPIC }],
    [{ user_id: {}, commands: ['cancel'] }],
  ])('[W3] by %o, which does not say who one is', (reply) => {
    expect(parseOffers(reply)).toBeUndefined();
  });

  it.each([
    [{}],
    [{ commands: 'cancel', project_topic: null }],
    [{ commands: { cancel: true }, project_topic: 7 }],
    [{ project_topic: 'vscode:user' }],
    [{ project_topic: 'vscode:project:' }],
    [{ project_topic: 'session:vscode:project:1' }],
    [{ project_topic: 'vscode:project:1\n' }],
    [{ project_topic: `vscode:project:${'1'.repeat(300)}` }],
  ])('[W3] by %o but who one is', (reply) => {
    expect(parseOffers({ user_id: 7, ...reply })).toEqual({
      userId: '7',
      commands: new Set(),
      projectTopic: undefined,
    });
  });
});
