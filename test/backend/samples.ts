import { nowInMicroseconds, type Command, type Interaction, type Session, type World } from './world';

export const SESSION_TYPES = [
  'ContextSpecSessions',
  'ContextDesignSessions',
  'ContextComponentsDesignSessions',
  'ComponentDesignSessions',
  'ComponentCodingSessions',
  'ComponentTestSessions',
  'IntegrationSessions',
];

/** Types of sessions that came with the later generations. */
export const AGENT_TASKS = ['ContextSpec', 'ComponentSpec', 'ComponentCode', 'ComponentTest'];

interface Step {
  name: string;
  command: string;
  stdout: string;
  seconds: number;
}

/** Of a step that waits for the user: it can be run on any machine that runs this. */
const COMMAND_FOR_USER = 'node --test';

const STEPS: Step[] = [
  {
    name: 'Initialize',
    command: 'git switch -C session-{id}',
    stdout: "Switched to a new branch 'session-{id}'\n",
    seconds: 1,
  },
  {
    name: 'GenerateCode',
    command: 'claude -p "Implement the component as its design document says"',
    stdout: 'Wrote the module and its tests; every function of the design has one.\n',
    seconds: 118,
  },
  {
    name: 'Compile',
    command: 'mix compile --warnings-as-errors',
    stdout: 'Compiling 3 files (.ex)\nGenerated my_app app\n',
    seconds: 6,
  },
  {
    name: 'RunTests',
    command: 'mix test --formatter ExUnitJsonFormatter',
    stdout: '............\n\nFinished in 0.4 seconds (0.3s async, 0.1s sync)\n12 tests, 0 failures\n',
    seconds: 14,
  },
  {
    name: 'Finalize',
    command: 'git commit -am "Implement the component"',
    stdout: '[session-{id} 4f1c2ab] Implement the component\n 2 files changed, 148 insertions(+)\n',
    seconds: 2,
  },
];

/** How the tests of a session fail. */
const FAILURE = {
  status: 'error',
  code: 2,
  stdout: [
    'Running ExUnit with seed: 481516, max_cases: 16',
    '',
    '\u001b[32m.....\u001b[31mF\u001b[32m......\u001b[0m',
    '',
    '  1) \u001b[31mtest upsert/2 keeps the billing address\u001b[0m (MyApp.AccountsTest)',
    '     \u001b[2mtest/my_app/accounts_test.exs:118\u001b[0m',
    '     Assertion with == failed',
    '     code:  \u001b[36massert saved.billing_address == address\u001b[0m',
    '     left:  \u001b[31mnil\u001b[0m',
    '     right: \u001b[32m%Address{city: "Tallinn", country: "EE"}\u001b[0m',
    '',
    'Finished in 0.4 seconds (0.3s async, 0.1s sync)',
    '\u001b[31m12 tests, 1 failure\u001b[0m',
    '',
  ].join('\n'),
  stderr: '** (MatchError) no match of right hand side value: {:error, :not_found}\n',
  error_message: 'mix test exited with 2',
};

const COMPONENTS = [
  { name: 'Accounts', type: 'context', module_name: 'MyApp.Accounts' },
  { name: 'InvoiceRepository', type: 'repository', module_name: 'MyApp.Billing.InvoiceRepository' },
  { name: 'Subscription', type: 'schema', module_name: 'MyApp.Billing.Subscription' },
  { name: 'WebhookController', type: 'controller', module_name: 'MyAppWeb.WebhookController' },
];

/** The name of a session's type in Elixir. */
export function moduleOf(type: string): string {
  return `Elixir.CodeMySpec.${AGENT_TASKS.includes(type) ? 'Sessions.AgentTasks.' : ''}${type}`;
}

/** The step after those the session has already taken; after the last one they begin again. */
export function nextStep(session: Session): { command: Command; stdout: string } {
  const step = STEPS[session.interactions.length % STEPS.length] as Step;
  const fill = (text: string) => text.replaceAll('{id}', String(session.id));
  return {
    command: {
      module: `${moduleOf(session.type)}.Steps.${step.name}`,
      command: fill(step.command),
      pipe: null,
      metadata: {},
      timestamp: nowInMicroseconds(),
    },
    stdout: fill(step.stdout),
  };
}

export function startStep(world: World, session: Session): Interaction {
  return world.addInteraction(session.id, { command: nextStep(session).command });
}

export function finishStep(world: World, session: Session, outcome: 'ok' | 'error' = 'ok'): void {
  const pending = session.interactions.find((interaction) => interaction.result === null);
  if (!pending) return;
  const { stdout } = nextStep({ ...session, interactions: session.interactions.slice(1) });
  const result = outcome === 'ok' ? { code: 0, stdout, stderr: '' } : FAILURE;
  world.completeInteraction(session.id, pending.id, { ...result, duration_ms: 1840 });
}

export function sampleSession(n: number): Partial<Session> {
  return {
    type: SESSION_TYPES[n % SESSION_TYPES.length] as string,
    component_id: (n % COMPONENTS.length) + 1,
    environment: n % 3 === 0 ? 'local' : 'vscode',
    execution_mode: n % 2 === 0 ? 'manual' : 'auto',
  };
}

/** Sessions in every state a user meets: fresh, at work, waiting, complete, failed, cancelled. */
export function seedSamples(world: World, userId = 1): void {
  COMPONENTS.forEach((component, index) => world.addComponent(index + 1, component));
  const stepsTaken = [0, 1, 3, 5, 4, 2];
  const statuses = ['active', 'active', 'active', 'complete', 'failed', 'cancelled'];
  stepsTaken.forEach((steps, n) => {
    const { id } = world.createSession(userId, sampleSession(n));
    const now = () => world.find(id) as Session;
    for (let taken = 0; taken < steps; taken += 1) {
      startStep(world, now());
      finishStep(world, now(), statuses[n] === 'failed' && taken === steps - 1 ? 'error' : 'ok');
    }
    spreadSteps(world, now());
    if (n === 2) {
      const { command } = nextStep(now());
      world.addInteraction(id, { command: { ...command, command: COMMAND_FOR_USER } });
    }
    world.updateSession(id, { status: statuses[n] as string });
  });
}

/** Its steps take the time that such steps take, and end now. */
function spreadSteps(world: World, { id, interactions }: Session): void {
  const took = interactions.map((_, n) => STEPS[(interactions.length - 1 - n) % STEPS.length]!.seconds);
  let at = Date.now();
  const before = (seconds: number) => new Date((at -= seconds * 1000)).toISOString();
  const spread = interactions.map(({ command, result, ...interaction }, n) => {
    const completed_at = before(1);
    const timestamp = before(took[n]!);
    return {
      ...{ ...interaction, completed_at, command: command && { ...command, timestamp } },
      result: result && { ...result, timestamp: completed_at, duration_ms: took[n]! * 1000 },
    };
  });
  world.patchSession(id, { interactions: spread, inserted_at: before(1) });
}
