import 'phoenix';

// What @types/phoenix lacks of phoenix 1.8: verified against its source.
declare module 'phoenix' {
  /** A decoded frame of the V2 serializer, `[join_ref, ref, topic, event, payload]` on the wire. */
  interface Message {
    join_ref: string | null;
    ref: string | null;
    topic: string;
    event: string;
    payload: unknown;
  }

  /** What `Channel.onError` passes: transport errors say so, a `phx_error` of the server passes its payload. */
  type ChannelErrorReason = { source?: 'transport'; reason?: TransportErrorReason } | undefined;
  type TransportErrorReason = 'connection_closed' | 'connection_error' | 'heartbeat_timeout';

  /** Reply to a join or push that the server refused. */
  interface ErrorReply {
    reason?: string;
    retry_after?: number;
  }

  interface Channel {
    isJoined(): boolean;
  }

  interface Socket {
    readonly conn: object | null;
  }
}
