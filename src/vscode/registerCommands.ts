import { commands, Disposable, window, type Memento } from 'vscode';
import type { Result } from '../model/failure';
import { COMMANDS, type CommandId } from '../views/commandIds';
import { failureMessage } from '../views/failureMessage';
import { Late } from './late';
import { STEP_INTENT } from './stepIntentKey';

/** The target is the row or the id of a session, where the command is of one. */
export interface CommandHandlers extends Record<CommandId, (target?: unknown) => unknown> {
  /** No command: for the steps that were started before the window was loaded. */
  readonly askForOpenSteps: () => void;
}

/**
 * Registers every command. What they do is loaded once, with the first or where a step was started before; an
 * incomplete installation is told.
 */
export function registerCommands(
  kept: Pick<Memento, 'keys'>,
  load: () => Promise<Result<CommandHandlers>>,
): Disposable {
  const late = new Late(load);
  const execute = async (id: CommandId, target: unknown): Promise<void> => {
    const handlers = await late.need();
    if (handlers.ok) await handlers.value[id](target);
    else void window.showErrorMessage(failureMessage(handlers.failure));
  };
  if (kept.keys().some((key) => key.startsWith(STEP_INTENT)))
    void late.need().then((handlers) => handlers.ok && handlers.value.askForOpenSteps());
  return Disposable.from(
    ...COMMANDS.map((id) => commands.registerCommand(id, (target?: unknown) => execute(id, target))),
  );
}
