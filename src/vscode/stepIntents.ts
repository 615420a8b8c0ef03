import type { Memento, Uri } from 'vscode';
import type { CommandResult } from '../model/sessionCommand';
import { STEP_INTENT } from './stepIntentKey';

/** A step that somebody has said yes to: it was started, and is never started again for that yes. */
export interface StepIntent {
  readonly server: string;
  readonly session: string;
  readonly interaction: string;
  /** In ms since the epoch. */
  readonly startedAt: number;
  /** What came of it, where that is known and was not submitted, or not surely. */
  readonly result?: CommandResult;
}

type StepId = Pick<StepIntent, 'server' | 'session' | 'interaction'>;

const FOLDER = 'codeMySpec.stepFolder ';
const MAX_INTENTS = 50;

/** What outlives a reload: what was started, and where the steps of each project run. */
export class StepIntents {
  constructor(private readonly memento: Memento) {}

  get(step: StepId): StepIntent | undefined {
    return this.memento.get(keyOf(step));
  }

  /** Kept once it resolves. The oldest of too many are forgotten. */
  async keep(intent: StepIntent): Promise<void> {
    await this.memento.update(keyOf(intent), intent);
    const oldest = this.all().sort((one, other) => other.startedAt - one.startedAt);
    for (const each of oldest.slice(MAX_INTENTS)) await this.forget(each);
  }

  async forget(step: StepId): Promise<void> {
    await this.memento.update(keyOf(step), undefined);
  }

  all(): StepIntent[] {
    const keys = this.memento.keys().filter((key) => key.startsWith(STEP_INTENT));
    return keys.map((key) => this.memento.get<StepIntent>(key)).filter((each) => each !== undefined);
  }

  /** Undefined where none was chosen for the project. */
  folderOf(server: string, project: string): string | undefined {
    return this.memento.get(`${FOLDER}${server} ${project}`);
  }

  async chooseFolder(server: string, project: string, uri: Uri): Promise<void> {
    await this.memento.update(`${FOLDER}${server} ${project}`, uri.toString());
  }
}

const keyOf = ({ server, session, interaction }: StepId) =>
  `${STEP_INTENT}${JSON.stringify([server, session, interaction])}`;
