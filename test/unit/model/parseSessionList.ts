import { sessionListSteps, type SessionList } from '../../../src/model/parseSession';

/** The whole list at once. */
export function parseSessionList(body: unknown): SessionList | undefined {
  const steps = sessionListSteps(body);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
