import { extensions } from 'vscode';
import type { CodeMySpecApi } from '../../src/vscode/codeMySpecApi';

/** What another extension writes: the example of the README. */
export async function tellWhatFails(tell: (text: string) => void): Promise<void> {
  const extension = extensions.getExtension<CodeMySpecApi>('codemyspec.codemyspec');
  const api = await extension?.activate();
  if (api?.apiVersion !== 1) return;
  tell(api.connectionState.isLive ? 'live' : `not live: ${api.connectionState.state}`);
  api.onSessionsUpdate((sessions, changedIds) => {
    for (const { id, status, steps } of sessions.filter((session) => changedIds.includes(session.id)))
      if (status === 'failed') tell(`session ${id} failed at ${steps[0]?.name ?? 'its first step'}`);
  });
}
