import { networkInterfaces } from 'node:os';

/** The addresses of this machine, as its network interfaces have them. */
export function networkAddresses(): string {
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((entry) => !entry.internal)
    .map((entry) => entry.address)
    .sort()
    .join(' ');
}
