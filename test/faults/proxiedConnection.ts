import { connect, type Socket } from 'node:net';
import {
  concerns,
  type ConnectionKind,
  type Direction,
  type Fault,
  type FaultKind,
  type FaultOf,
} from './fault';
import { Lane, type LaneRules } from './lane';

export interface ConnectionPorts {
  readonly target: { host: string; port: number };
  readonly random: () => number;
  active<Kind extends FaultKind>(kind: Kind, connection: ConnectionKind | undefined): FaultOf<Kind>[];
  /** Calls `end` once a chunk of another connection has passed. */
  awaitOther(self: ProxiedConnection, end: () => void): void;
  passed(self: ProxiedConnection): void;
  closed(self: ProxiedConnection): void;
}

/** A client's connection and the one to the server behind it. */
export class ProxiedConnection {
  /** Told by the first bytes that the client sends. */
  kind: ConnectionKind | undefined;
  private readonly upstream: Socket;
  private readonly lanes: Record<Direction, Lane>;
  private readonly dead = new Set<Direction>();
  private readonly swallowing = new Set<Fault>();
  /** Drawn once: whether this connection is among those that a reorder holds back. */
  private readonly lot: number;
  private readonly bytesToCut = new Map<Fault, number>();
  /** The client has ended a connection that swallows. */
  private abandoned = false;
  private closed = false;

  constructor(
    private readonly client: Socket,
    private readonly ports: ConnectionPorts,
  ) {
    this.lot = ports.random();
    this.upstream = connect({ ...ports.target, allowHalfOpen: true, noDelay: true });
    client.setNoDelay(true);
    this.lanes = {
      up: new Lane(client, this.upstream, this.rules('up')),
      down: new Lane(this.upstream, client, this.rules('down')),
    };
    client.on('data', (chunk: Buffer) => this.hear(chunk));
    this.upstream.on('data', (chunk: Buffer) => this.lanes.down.take(chunk));
    client.on('end', () => this.end('up'));
    this.upstream.on('end', () => this.end('down'));
    for (const [socket, other, direction] of [
      [client, this.upstream, 'up'],
      [this.upstream, client, 'down'],
    ] as const) {
      socket.on('error', () => {
        if (!this.dead.has(direction)) other.resetAndDestroy();
      });
      socket.on('close', () => this.afterClose(direction));
    }
    for (const fault of ports.active('halfOpen', undefined)) this.meet(fault);
  }

  /** A fault begins: what it does at once to a connection that is open. */
  strike(fault: Fault): void {
    if (!concerns(fault, this.kind)) return;
    if (fault.kind === 'reset') this.reset();
    if (fault.kind === 'halfOpen' && fault.reach !== 'new') this.swallow(fault);
  }

  /** A fault ends: bytes that were swallowed are lost, so a dead connection stays dead. */
  relent(fault: Fault): void {
    this.bytesToCut.delete(fault);
    this.swallowing.delete(fault);
    if (this.abandoned && this.swallowing.size === 0) this.destroy();
  }

  destroy(): void {
    this.client.destroy();
    this.upstream.destroy();
    this.close();
  }

  private reset(): void {
    this.client.resetAndDestroy();
    this.upstream.resetAndDestroy();
    this.close();
  }

  private hear(chunk: Buffer): void {
    if (this.kind === undefined) {
      this.kind = kindOf(chunk);
      const { kind } = this;
      for (const fault of this.ports.active('halfOpen', kind)) if (fault.on !== undefined) this.meet(fault);
      if (this.ports.active('reset', kind).length + this.ports.active('refuse', kind).length > 0) {
        this.reset();
        return;
      }
    }
    this.lanes.up.take(chunk);
  }

  private meet(fault: FaultOf<'halfOpen'>): void {
    if (fault.reach !== 'existing') this.swallow(fault);
  }

  private swallow(fault: FaultOf<'halfOpen'>): void {
    this.swallowing.add(fault);
    if (fault.direction !== 'down') this.dead.add('up');
    if (fault.direction !== 'up') this.dead.add('down');
  }

  private end(direction: Direction): void {
    this.lanes[direction].take('end');
    if (direction === 'up') this.letGo();
  }

  private afterClose(direction: Direction): void {
    if (this.client.destroyed && this.upstream.destroyed) this.close();
    else if (direction === 'up' && this.dead.size === 0) this.upstream.destroy();
    else if (direction === 'up') this.letGo();
  }

  private letGo(): void {
    if (this.dead.size === 0) return;
    this.abandoned = true;
    if (this.swallowing.size === 0) this.destroy();
  }

  private close(): void {
    if (this.closed) return;
    this.closed = true;
    this.lanes.up.close();
    this.lanes.down.close();
    this.ports.closed(this);
  }

  private rules(direction: Direction): LaneRules {
    const { ports } = this;
    return {
      delayMs: () => {
        const latency = ports.active('latency', this.kind).reduce((sum, { ms }) => sum + ms, 0);
        return ports.active('jitter', this.kind).reduce((sum, { ms }) => sum + ms * ports.random(), latency);
      },
      bytesPerSecond: () => {
        const rates = ports.active('bandwidth', this.kind).map((fault) => fault.bytesPerSecond);
        return rates.length === 0 ? undefined : Math.min(...rates);
      },
      swallows: () => this.dead.has(direction),
      cutWithin: (length) => (direction === 'up' ? undefined : this.cutWithin(length)),
      hold: () => {
        const fault = ports.active('reorder', this.kind).find(({ share = 0.5 }) => this.lot < share);
        return fault && { ms: fault.holdMs, arm: (end) => ports.awaitOther(this, end) };
      },
      passed: () => ports.passed(this),
      cut: () => {
        // The bytes before the cut still have to arrive: an RST could overtake them.
        this.client.end(() => this.destroy());
      },
    };
  }

  private cutWithin(length: number): number | undefined {
    for (const fault of this.ports.active('cut', this.kind)) {
      const left = this.bytesToCut.get(fault) ?? fault.afterBytes;
      if (left < length) return Math.min(Math.max(left, 1), length - 1);
      this.bytesToCut.set(fault, left - length);
    }
    return undefined;
  }
}

function kindOf(firstBytes: Buffer): ConnectionKind {
  const head = firstBytes.subarray(0, 4096).toString('latin1');
  return /^GET \S*\/websocket[? ]/.test(head) ? 'socket' : 'rest';
}
