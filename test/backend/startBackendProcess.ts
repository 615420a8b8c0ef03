import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Control } from './control';

export type BackendProcess = Awaited<ReturnType<typeof startBackendProcess>>;

/** The embedded server in a process of its own, where it disturbs neither the clock nor the heap of the client. */
export async function startBackendProcess(...args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/backend/main.ts', '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  const said: Record<string, string> = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const [name, value] = line.split(/\s+/);
    if (name !== undefined && value !== undefined) said[name] = value;
    if (name === 'control') break;
  }
  const { server, token, control } = said;
  if (!server || !token || !control) throw new Error('the server did not start');
  const controlUrl = (method: keyof Control) => control.replace('<method>', method);
  return {
    url: server,
    token,
    controlUrl,
    async control<Name extends keyof Control>(
      method: Name,
      ...given: Parameters<Control[Name]>
    ): Promise<Awaited<ReturnType<Control[Name]>>> {
      const answer = await fetch(controlUrl(method), { method: 'POST', body: JSON.stringify(given) });
      if (!answer.ok) throw new Error(`${method}: ${await answer.text()}`);
      return (await answer.json()) as Awaited<ReturnType<Control[Name]>>;
    },
    async stop(): Promise<void> {
      child.kill('SIGTERM');
      await exit;
    },
  };
}
