import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { createCore } from './core';
import { ok, type Result } from './model/failure';
import { Secret } from './model/secret';
import type { CommandName, CommandOutcome, CommandResult, NewSession } from './model/sessionCommand';

const USAGE = `Runs the core in a terminal, one JSON line for each change.
  --server URL   address of a CodeMySpec server
  --token T      access token (or in the environment: CODEMYSPEC_TOKEN)
  --verbose      the log on standard error, at trace
  --inspect      Stately's inspector, at the address that is printed; opened, it shows the machines in a page of
                 stately.ai, without tokens and without what sessions say
On standard input: refresh, reconnect, dump, quit, follow ID and its live output; and to sessions, each answered with one line:
  next ID, cancel ID, mode ID MODE, submit ID INTERACTION JSON, start JSON, conversation ID TEXT`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      server: { type: 'string' },
      token: { type: 'string' },
      verbose: { type: 'boolean', default: false },
      inspect: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const typed = values.token ?? process.env.CODEMYSPEC_TOKEN;
  const { server } = values;
  if (values.help || !server || !typed) {
    console.error(USAGE);
    process.exitCode = values.help ? 0 : 2;
    return;
  }
  const token = new Secret(typed);
  const print = (line: object) => process.stdout.write(`${terminalJson(line)}\n`);
  const inspector = values.inspect ? await startInspector() : undefined;
  if (inspector) print({ kind: 'inspector', at: Date.now(), url: inspector.url });

  const core = createCore({
    serverUrl: () => server,
    tokens: { get: () => Promise.resolve(ok({ token })) },
    sink: {
      log: (level, line) => process.stderr.write(`${level} ${line}\n`),
      isEnabled: () => values.verbose,
    },
    onTransition: (transition) => print({ kind: 'state', at: Date.now(), ...transition }),
    inspect: inspector?.inspect,
  });
  core.onSessionsUpdate((sessions, changed) =>
    print({ kind: 'sessions', at: Date.now(), count: sessions.length, changed }),
  );

  const commands: Record<string, () => void> = {
    refresh: () => core.send('refresh'),
    reconnect: () => core.send('reconnect'),
    dump: () => {
      const sessions = core.getAllSessions();
      const unconfirmed = sessions.flatMap(({ id }) => {
        const freshness = core.getFreshness(id);
        return freshness ? [{ id, ...freshness }] : [];
      });
      print({ kind: 'dump', state: core.status.state, sessions, unconfirmed });
    },
    quit: () => {
      core.dispose();
      inspector?.stop();
      input.close();
      process.stdin.destroy();
    },
  };
  const sent: Record<CommandName, (...args: string[]) => Promise<Result<CommandOutcome>>> = {
    next: (id = '') => core.nextCommand(id),
    cancel: (id = '') => core.cancelSession(id),
    mode: (id = '', mode = '') => core.setExecutionMode(id, mode),
    submit: (id = '', interaction = '', ...json) =>
      core.submitResult(id, interaction, JSON.parse(json.join(' ')) as CommandResult),
    start: (...json) => core.startSession(JSON.parse(json.join(' ')) as NewSession),
    conversation: (id = '', ...text) => core.setConversationId(id, text.join(' ')),
  };
  /** One line, once it is known what came of it. */
  const sendToSession = async (command: CommandName, args: string[]) => {
    const line = { kind: 'command', command, ...(command !== 'start' && { id: args[0] }) };
    const result = await sent[command](...args);
    const at = Date.now();
    if (!result.ok) print({ ...line, at, outcome: 'failed', failure: result.failure });
    else if (result.value.outcome === 'done')
      print({ ...line, at, outcome: 'done', id: result.value.session.id });
    else {
      const settled = await result.value.settled;
      print({ ...line, at: Date.now(), outcome: 'unknown', settled, failure: result.value.failure });
    }
  };
  const follow = (id: string) => {
    core.followSession(id);
    core.onSessionOutput(id, (output) => print({ kind: 'output', ...output }));
  };
  const input = createInterface({ input: process.stdin });
  input.on('line', (line) => {
    const command = commands[line.trim()];
    const [word = '', ...args] = line.trim().split(' ');
    if (command) command();
    else if (word === 'follow') follow(args.join(' '));
    else if (Object.hasOwn(sent, word))
      sendToSession(word as CommandName, args).catch((error: unknown) => console.error(String(error)));
    else if (line.trim())
      console.error(
        `unknown command: ${line.trim()}; known: ${[...Object.keys(commands), 'follow', ...Object.keys(sent)].join(', ')}`,
      );
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => commands.quit?.());
  core.initialize();
}

/** Of a package that is there for development alone. */
const startInspector = async () => (await import('./inspector/inspectorServer')).startInspectorServer();

/** JSON escapes no control character above ASCII and no mark that turns the direction; a terminal may obey them. */
function terminalJson(line: object): string {
  return JSON.stringify(line).replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

void main();
