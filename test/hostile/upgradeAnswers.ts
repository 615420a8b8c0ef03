import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Plan } from './hostileInput';
import { phoenixOver, type RawWebSocket } from './rawWebSocket';

/** Upgrades are answered like this until the end of the input. */
export const upgraded = (
  answer: (request: IncomingMessage, socket: Socket) => void,
  more: Partial<Plan> = {},
): Plan => ({
  from: 'start',
  begin: ({ front, backend }) => {
    front.upgrade = (request, socket) => {
      answer(request, socket);
      return true;
    };
    backend.control.dropSockets();
  },
  ...more,
});

/** Bytes that follow a join which went well. */
export const afterJoin = (send: (raw: RawWebSocket) => void, more: Partial<Plan> = {}): Plan =>
  upgraded((request, socket) => void phoenixOver(socket, request, { joined: send }), {
    watchMs: 900,
    ...more,
  });
