import { commands, Disposable, window } from 'vscode';
import type { Result } from '../model/failure';
import { COMMANDS, type CommandId } from '../views/commandIds';
import { failureMessage } from '../views/failureMessage';

/** The target is the row or the id of a session, where the command is of one. */
export type CommandHandlers = Record<CommandId, (target?: unknown) => unknown>;

/** Registers every command. What they do is loaded with the first; an incomplete installation is told. */
export function registerCommands(load: () => Promise<Result<CommandHandlers>>): Disposable {
  const execute = async (id: CommandId, target: unknown): Promise<void> => {
    const handlers = await load();
    if (handlers.ok) await handlers.value[id](target);
    else void window.showErrorMessage(failureMessage(handlers.failure));
  };
  return Disposable.from(
    ...COMMANDS.map((id) => commands.registerCommand(id, (target?: unknown) => execute(id, target))),
  );
}
