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
}

const STEPS: Step[] = [
  {
    name: 'Initialize',
    command: 'git switch -C session-{id}',
    stdout: "Switched to a new branch 'session-{id}'\n",
  },
  {
    name: 'GenerateCode',
    command: 'claude -p "Implement the component as its design document says"',
    stdout: 'Wrote the module and its tests; every function of the design has one.\n',
  },
  {
    name: 'Compile',
    command: 'mix compile --warnings-as-errors',
    stdout: 'Compiling 3 files (.ex)\nGenerated my_app app\n',
  },
  {
    name: 'RunTests',
    command: 'mix test --formatter ExUnitJsonFormatter',
    stdout: '............\n\nFinished in 0.4 seconds (0.3s async, 0.1s sync)\n12 tests, 0 failures\n',
  },
  {
    name: 'Finalize',
    command: 'git commit -am "Implement the component"',
    stdout: '[session-{id} 4f1c2ab] Implement the component\n 2 files changed, 148 insertions(+)\n',
  },
];

/** How the tests of a session fail. */
const FAILURE = {
  status: 'error',
  code: 2,
  stdout: '.....F......\n\n12 tests, 1 failure\n',
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
    if (n === 2) startStep(world, now());
    world.updateSession(id, { status: statuses[n] as string });
  });
}
