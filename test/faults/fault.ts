export type ConnectionKind = 'rest' | 'socket';
export type Direction = 'up' | 'down';

type FaultShape =
  /** Every chunk arrives this much later. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** Every chunk arrives up to this much later. */
  | { readonly kind: 'jitter'; readonly ms: number }
  /** For each connection and direction. */
  | { readonly kind: 'bandwidth'; readonly bytesPerSecond: number }
  /** RST to the connections open now and to each later one as soon as it speaks. */
  | { readonly kind: 'reset' }
  /** Everything is accepted and swallowed, and no end is ever told; one direction alone may be meant. */
  | {
      readonly kind: 'halfOpen';
      readonly reach?: 'existing' | 'new' | 'all';
      readonly direction?: Direction;
    }
  /** A connection ends after this many bytes to the client, inside the chunk that carries the last of them. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** Nobody listens; limited to one kind of connection, RST as soon as the kind is known. */
  | { readonly kind: 'refuse' }
  /** Some connections' chunks wait until another connection's chunk has passed, at most `holdMs`. */
  | { readonly kind: 'reorder'; readonly holdMs: number; readonly share?: number };

/** Limited to one kind of connection by `on`. */
export type Fault = FaultShape & { readonly on?: ConnectionKind };
export type FaultKind = Fault['kind'];

export type FaultOf<Kind extends FaultKind> = Extract<FaultShape, { kind: Kind }> & {
  readonly on?: ConnectionKind;
};

export function concerns(fault: Fault, kind: ConnectionKind | undefined): boolean {
  return fault.on === undefined || fault.on === kind;
}
