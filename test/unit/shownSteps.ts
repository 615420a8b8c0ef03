import { vi } from 'vitest';
import { Uri, window, workspace } from 'vscode';
import { connectionRecord } from '../../src/connectionRecord';
import { connectionModel } from '../../src/connectionView/connectionModel';
import { showConnection } from '../../src/connectionView/connectionPanel';
import { ok } from '../../src/model/failure';
import type { CommandResult } from '../../src/model/sessionCommand';
import { mergeSession, type Interaction, type Session } from '../../src/model/session';
import { serverOf } from '../../src/model/serverAddress';
import { askForOpenSteps } from '../../src/vscode/openSteps';
import { StepRunner } from '../../src/vscode/runStep';
import { StepIntents } from '../../src/vscode/stepIntents';
import { recordOf, transition } from './connectionView/recorded';
import { NOW, serverUrl, statuses } from './shownTexts';
import { connectionStatus } from './views/connectionStatus';
import { Memory } from './views/memory';
import { recorded } from './vscodeStandIn';

/** What users are asked and told where a step is run here, and what they see of the connection. */

type Answer = number | string | undefined;

/** The place of the choice, or what is typed; nothing once there is no more. */
function answering(seen: unknown[], answers: Answer[]): void {
  for (const name of ['showWarningMessage', 'showInformationMessage'] as const)
    vi.spyOn(window, name).mockImplementation((...texts: unknown[]) => {
      seen.push(texts);
      const choices = texts.slice(1).filter((each) => typeof each === 'string');
      const answer = choices.length === 0 ? undefined : answers.shift();
      return Promise.resolve(typeof answer === 'number' ? choices.at(answer) : undefined) as never;
    });
  vi.spyOn(window, 'showQuickPick').mockImplementation(async (items, options) => {
    const all = (await items) as unknown as { label: string; description?: string; detail?: string }[];
    seen.push(options, ...all.map(({ label, description, detail }) => [label, description, detail]));
    const answer = answers.shift();
    return typeof answer === 'number' ? all.at(answer) : undefined;
  });
  vi.spyOn(window, 'showInputBox').mockImplementation(async (options) => {
    seen.push([options?.title, options?.prompt, await options?.validateInput?.('x')]);
    return answers.shift() as string | undefined;
  });
}

function step(text: string, fields: object = {}): Interaction {
  const command = { id: 'c', module: null, command: text, pipe: null, metadata: {}, timestamp: null };
  return { id: '1', step_name: 'Βήμα', command: { ...command, ...fields }, result: null, completed_at: null };
}

const RESULT = {
  ...{ id: 'r', status: 'ok', data: null, code: 0, error_message: null, stdout: '', stderr: '' },
  ...{ duration_ms: 1, timestamp: null },
};

export async function ofRunningSteps(): Promise<readonly unknown[]> {
  const seen: unknown[] = [];
  const answers: Answer[] = [];
  answering(seen, answers);
  recorded.folders = [{ name: 'φ', uri: Uri.file('/φ') as never }];
  recorded.shell = (terminal) => terminal.prompt('bash');
  recorded.play = (execution) => execution.end(undefined);
  const opened = (interaction: Interaction, more: Partial<Session> = {}) => {
    const component = { id: '1', name: 'Μέρος', type: null, module_name: null };
    let session = mergeSession(undefined, {
      ...{ id: '7', status: 'active', execution_mode: 'manual', type: null, component },
      ...{ interactions: [interaction], ...more },
    });
    const runner = new StepRunner({
      manager: {
        getSession: () => session,
        whyNot: () => undefined,
        submitResult: () => Promise.resolve(ok({ outcome: 'done', session: { id: '7' } })),
      },
      ...{ workspaceState: new Memory(), serverUrl },
    });
    return {
      become: (fields: Partial<Session>) => (session = { ...session, ...fields }),
      meanwhile: () => runner.run(session),
      run: (...given: Answer[]) => {
        answers.splice(0, answers.length, ...given);
        return runner.run(session);
      },
    };
  };
  const [FIRST, SECOND, LAST] = [0, 1, -1];

  const plain = opened(step('λσ'));
  const running = plain.run(FIRST, FIRST, '', undefined);
  await plain.meanwhile();
  await running;
  await plain.run(FIRST, '1', LAST);

  Object.assign(recorded, { remoteName: 'dev-container' });
  const lines = opened(step('λ\nμ', { pipe: 'π' }), {
    project_id: '101',
    project: { id: '101', name: 'Έργο', module_name: null, status: null },
  });
  await lines.run(FIRST, FIRST);
  const entering = lines.run(FIRST, '1', 'χ', FIRST);
  lines.become({ interactions: [{ ...step('λ\nμ'), result: RESULT }] });
  await entering;
  await lines.run();

  await opened(step('λ'.repeat(2_000))).run(FIRST, FIRST);
  await opened(step('claude', { metadata: { prompt: 'Πες' } })).run(FIRST, FIRST);
  await opened(step('λ\u0007')).run();
  await opened(step('claude', { metadata: { prompt: 5 } })).run();
  await opened(step('claude', { metadata: { prompt: 'λ\u0007' } })).run();
  const changing = opened(step('λσ'));
  const asked = changing.run(FIRST, SECOND, FIRST, FIRST);
  changing.become({ status: 'complete' });
  await asked;
  recorded.shell = (terminal) => terminal.close();
  await opened(step('λσ')).run(FIRST, FIRST);
  Object.assign(workspace, { isTrusted: false });
  await opened(step('λσ')).run();
  Object.assign(workspace, { isTrusted: true });
  for (const [count, result] of [[1], [1, { status: 'ok', code: 0 }], [4]] as const) {
    answers.splice(0, answers.length, FIRST);
    await askingFor(count, result);
  }
  // The name of the program.
  const words = JSON.parse(JSON.stringify(seen).replaceAll('claude --', '')) as unknown;
  return [
    words,
    recorded.progress.map(({ title }) => title),
    recorded.terminals.map((terminal) => (terminal as { name: string }).name),
  ];
}

/** Steps of before a reload. */
async function askingFor(count: number, result?: CommandResult): Promise<void> {
  const targets = {
    manager: {
      status: connectionStatus('connected.live', { loaded: true }),
      getSession: (id: string) =>
        mergeSession(undefined, { id, status: 'active', type: null, interactions: [step('λσ')] }),
      ...{
        getFreshness: () => undefined,
        onConnectionUpdate: () => () => {},
        onSessionsUpdate: () => () => {},
      },
      whyNot: () => undefined,
      submitResult: () => Promise.resolve(ok({ outcome: 'done' as const, session: { id: '7' } })),
    },
    ...{ workspaceState: new Memory(), serverUrl },
  };
  const intents = new StepIntents(targets.workspaceState);
  for (let turn = 0; turn < count; turn++)
    await intents.keep({
      ...{ server: serverOf(serverUrl()), session: String(turn), interaction: '1', startedAt: NOW },
      ...(result && { result }),
    });
  askForOpenSteps(targets, new StepRunner(targets));
  await vi.advanceTimersByTimeAsync(1);
}

/** Names of states and events are the machine’s own; they stay as they are in every language. */
export async function ofConnectionView(): Promise<readonly unknown[]> {
  const named = { from: 'α', to: 'β', event: 'γ' };
  const transitions = [transition(named), transition({ ...named, ofLink: true, reason: 'δ', lasted: 3_000 })];
  const shown = statuses().map((status) => {
    const model = connectionModel({ status, record: recordOf({ transitions }), now: NOW });
    const { words, text, explanation, facts } = model;
    return [
      words,
      text,
      explanation,
      facts,
      model.transitions.map(({ spoken, duration }) => [spoken, duration]),
    ];
  });
  showConnection(
    { manager: { status: statuses()[0]! }, record: connectionRecord(), version: '0' },
    Uri.file('/'),
  );
  const panel = recorded.panels.at(-1)!;
  panel.say({ type: 'copyReport' });
  await vi.advanceTimersByTimeAsync(1);
  const { title } = panel;
  panel.dispose();
  return [shown, title];
}
