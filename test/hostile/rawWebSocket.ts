import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

const ACCEPT_KEY = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export interface FrameBits {
  readonly opcode?: number;
  readonly fin?: boolean;
  /** The three reserved bits, as in 0x40. */
  readonly reserved?: number;
  readonly masked?: boolean;
  /** The length that the header claims. */
  readonly claims?: number;
}

/** One frame of RFC 6455, or what pretends to be one. */
export function webSocketFrame(payload: Buffer | string, bits: FrameBits = {}): Buffer {
  const body = Buffer.from(payload);
  const { opcode = 1, fin = true, reserved = 0, masked = false, claims = body.length } = bits;
  const first = (fin ? 0x80 : 0) | reserved | opcode;
  const mask = masked ? 0x80 : 0;
  const header =
    claims < 126
      ? Buffer.from([first, mask | claims])
      : Buffer.concat([Buffer.from([first, mask | 127]), lengthOf(claims), Buffer.alloc(masked ? 4 : 0)]);
  return Buffer.concat([header, body]);
}

function lengthOf(claims: number): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(claims));
  return length;
}

/** A server's end of a WebSocket down to the bytes. */
export class RawWebSocket {
  private received = Buffer.alloc(0);

  constructor(
    readonly socket: Socket,
    request: IncomingMessage,
    private readonly onText: (text: string) => void,
    headers: readonly string[] = [],
  ) {
    const key = `${request.headers['sec-websocket-key']}${ACCEPT_KEY}`;
    const accept = createHash('sha1').update(key).digest('base64');
    const upgrade = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
    socket.write([...upgrade, `Sec-WebSocket-Accept: ${accept}`, ...headers, '\r\n'].join('\r\n'));
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
  }

  send(payload: Buffer | string, bits?: FrameBits): void {
    if (!this.socket.destroyed) this.socket.write(webSocketFrame(payload, bits));
  }

  private receive(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
    for (;;) {
      const [first = 0, second = 0] = this.received;
      const short = second & 0x7f;
      const at = short === 126 ? 4 : 2;
      if (this.received.length < at + 4) return;
      const length = short === 126 ? this.received.readUInt16BE(2) : short;
      if (this.received.length < at + 4 + length) return;
      const mask = this.received.subarray(at, at + 4);
      const body = this.received
        .subarray(at + 4, at + 4 + length)
        .map((byte, n) => byte ^ (mask[n % 4] ?? 0));
      this.received = this.received.subarray(at + 4 + length);
      if ((first & 0x0f) === 1) this.onText(Buffer.from(body).toString());
    }
  }
}

/** Answers heartbeats, and joins with what `join` gives; `joined` then has the socket. */
export function phoenixOver(
  socket: Socket,
  request: IncomingMessage,
  options: {
    readonly join?: (joinRef: string, ref: string, topic: string) => string | undefined;
    readonly joined?: (raw: RawWebSocket, topic: string) => void;
    readonly headers?: readonly string[];
  },
): RawWebSocket {
  const raw: RawWebSocket = new RawWebSocket(
    socket,
    request,
    (text) => {
      const [joinRef, ref, topic, event] = JSON.parse(text) as [string, string, string, string];
      if (event !== 'phx_join') {
        raw.send(JSON.stringify([joinRef, ref, topic, 'phx_reply', { status: 'ok', response: {} }]));
        return;
      }
      const answer = options.join
        ? options.join(joinRef, ref, topic)
        : JSON.stringify([joinRef, ref, topic, 'phx_reply', { status: 'ok', response: {} }]);
      if (answer !== undefined) raw.send(answer);
      options.joined?.(raw, topic);
    },
    options.headers,
  );
  return raw;
}
