import type { Control } from './control';

/** The next call pulls the plug of the live updates, the one after it that of the whole server; the third puts both back. Returns what is so now. */
export function createPlug(control: Control): () => string {
  const positions = [
    () => {
      control.refuseUpgrades(503);
      control.dropSockets();
      return 'no live updates: the sessions are polled';
    },
    () => {
      control.failRest({ status: 'reset' });
      return 'the server is out of reach';
    },
    () => {
      control.refuseUpgrades(false);
      control.healRest();
      return 'the server is back';
    },
  ];
  let at = 0;
  return () => positions[at++ % positions.length]!();
}
