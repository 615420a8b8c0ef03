import { Disposable, l10n, LanguageModelTextPart, LanguageModelToolResult, lm } from 'vscode';
import type { Result } from '../model/failure';
import { failureMessage } from '../views/failureMessage';

/** The tools of package.json; what they do is loaded with the first. */
export const TOOLS = ['codemyspec_list_sessions', 'codemyspec_read_session'] as const;
export type ToolHandlers = Record<(typeof TOOLS)[number], (input: unknown) => string>;

/** What a chat agent can ask; each only reads. */
export function registerTools(load: () => Promise<Result<ToolHandlers>>): Disposable {
  return Disposable.from(
    ...TOOLS.map((name) =>
      lm.registerTool(name, {
        prepareInvocation: () => ({ invocationMessage: l10n.t('Reading CodeMySpec sessions') }),
        invoke: async ({ input }) => {
          const handlers = await load();
          const text = handlers.ok ? handlers.value[name](input) : failureMessage(handlers.failure);
          return new LanguageModelToolResult([new LanguageModelTextPart(text)]);
        },
      }),
    ),
  );
}
