import type { Plan, Site } from './hostileInput';

export const TOPIC = 'vscode:user:1';
export const EVENTS = ['session_created', 'session_updated'] as const;
export const frame = (event: string, payload: string) => `[null,null,"${TOPIC}","${event}",${payload}]`;
export const firstId = ({ backend }: Site) => String(backend.control.dump(1).sessions[0]?.id);

/** Frames that a live core receives from a server that is fine otherwise. */
export const pushed = (frames: (site: Site) => Iterable<string>, more: Partial<Plan> = {}): Plan => ({
  from: 'live',
  truth: 'lies',
  begin: (site) => {
    for (const text of frames(site)) site.backend.control.sendRawFrame(text);
  },
  ...more,
});
