import { lookup } from 'node:dns/promises';
import { connect } from 'node:tls';
import { err, ok, type Result } from '../model/failure';
import { connectionFailure } from './finding';

/** What the computer itself knows of a host, without HTTP. */
export interface Network {
  /** How many addresses the name has. */
  resolve(hostname: string): Promise<Result<{ readonly v4: number; readonly v6: number }>>;
  /** The version of TLS, and the day on which the certificate ends. */
  handshake(
    hostname: string,
    port: number,
    signal: AbortSignal,
  ): Promise<Result<{ readonly protocol: string; readonly validTo: string }>>;
}

/** Undefined where the editor runs only in a browser. */
export const nodeNetwork: Network | undefined = {
  async resolve(hostname) {
    try {
      const addresses = await lookup(hostname, { all: true });
      const v4 = addresses.filter(({ family }) => family === 4).length;
      return ok({ v4, v6: addresses.length - v4 });
    } catch (error) {
      return err(connectionFailure(error));
    }
  },

  handshake: (hostname, port, signal) =>
    new Promise((resolve) => {
      const isNumber = /^[\d.]+$|:/.test(hostname);
      const socket = connect({ host: hostname, port, ...(isNumber ? {} : { servername: hostname }) });
      const end = (result: Awaited<ReturnType<Network['handshake']>>) => {
        socket.destroy();
        resolve(result);
      };
      signal.addEventListener('abort', () => socket.destroy());
      socket.on('secureConnect', () => {
        const ends = Date.parse(socket.getPeerCertificate().valid_to);
        const validTo = Number.isNaN(ends) ? 'an unknown day' : new Date(ends).toISOString().slice(0, 10);
        end(ok({ protocol: socket.getProtocol() ?? 'TLS', validTo }));
      });
      socket.on('error', (error) => end(err(connectionFailure(error))));
      socket.on('close', () => end(err({ kind: 'unreachable', detail: 'ECONNRESET' })));
    }),
};
