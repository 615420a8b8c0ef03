import type { SessionDelta } from '../../machines/sessionsEvents';
import type { ChannelNotice } from '../../src/channel/channelPushes';
import { createLog } from '../../src/log';
import { Secret } from '../../src/model/secret';
import { parseServerAddress } from '../../src/model/serverAddress';
import { PhoenixChannelClient, type PhoenixChannelOptions } from '../../src/phoenixChannel';
import type { UpgradeRefusal } from '../../src/channel/webSocket';

export const TOPIC = 'vscode:user:7';
export type Frame = [
  joinRef: string | null,
  ref: string | null,
  topic: string,
  event: string,
  payload: unknown,
];

/** The client over a socket that the test plays; `told` is what it told, in order. */
export function startPlayedSocket(more: Partial<PhoenixChannelOptions> = {}) {
  const address = parseServerAddress('https://server.example');
  if (!address.ok) throw new Error('no address');
  const sockets: FakeSocket[] = [];
  const told: unknown[] = [];
  const deltas: SessionDelta[] = [];
  const notices: ChannelNotice[] = [];
  const lines: string[] = [];
  let refuse: (refusal: UpgradeRefusal) => void = () => {};
  class FakeSocket {
    readyState = 0;
    bufferedAmount = 0;
    sent: Frame[] = [];
    onopen: () => void = () => {};
    onerror: (event: object) => void = () => {};
    onmessage: (event: { data: unknown }) => void = () => {};
    onclose: (event: { code?: number }) => void = () => {};
    constructor(readonly url: string) {
      sockets.push(this);
    }
    send(text: string) {
      this.sent.push(JSON.parse(text) as Frame);
    }
    close() {
      this.readyState = 3;
    }
  }
  const client = new PhoenixChannelClient({
    address: address.value,
    token: new Secret('token-1'),
    topics: [TOPIC],
    log: createLog({ log: (level, line) => lines.push(`${level} ${line}`) }, 'PhoenixChannel'),
    transport: (onRefusal) => {
      refuse = onRefusal;
      return FakeSocket;
    },
    onJoined: () => told.push('joined'),
    onAlive: () => told.push('alive'),
    onEnded: (end, failure) => told.push([end, failure]),
    onDelta: (delta) => deltas.push(delta),
    onNotice: (notice) => notices.push(notice),
    onMalformed: ({ kind }) => told.push(`malformed: ${kind}`),
    onBug: (bug) => told.push(`bug: ${String(bug)}`),
    ...more,
  });
  const socket = () => sockets.at(-1)!;
  const receive = (frame: unknown) =>
    socket().onmessage({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
  const sent = (event: string) => socket().sent.filter((frame) => frame[3] === event);
  const s = {
    ...{ client, sockets, socket, told, deltas, notices, lines, sent, receive },
    refuse: (refusal: UpgradeRefusal) => refuse(refusal),
    open: () => {
      client.open();
      socket().readyState = 1;
      socket().onopen();
    },
    /** The server answers a frame of the client. */
    reply: ([joinRef, ref, topic]: Frame, status = 'ok', response: unknown = {}) =>
      receive([joinRef, ref, topic, 'phx_reply', { status, response }]),
    push: (event: string, payload: unknown) => receive([null, null, TOPIC, event, payload]),
    close: (code?: number) => {
      socket().readyState = 3;
      socket().onclose(code === undefined ? {} : { code });
    },
    join: () => {
      s.open();
      s.reply(sent('phx_join')[0]!);
      told.length = 0;
    },
  };
  return s;
}
