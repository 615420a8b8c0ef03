import type { Message } from 'phoenix';
import { describeId, isObject } from './channelPushes';
import { FrameInbox } from './frameInbox';
import type { Log } from '../log';
import { logError } from '../logError';
import type { Failure } from '../model/failure';
import { plainText } from '../model/plainText';
import type { JsonRead } from '../model/readJson';

export interface PhoenixFramesOptions {
  readonly log: Log;
  /** Keeps further frames in the socket, or lets them come again. */
  readonly hold: (held: boolean) => void;
  /** A frame that is no message, or that could not be handled; of which topic, where it says so. */
  readonly onMalformed: (failure: Failure, topic?: string) => void;
}

type Take = (message: Message) => unknown;

/** Reads the frames of one socket as Phoenix messages, in their order. */
export class PhoenixFrames {
  private readonly inbox: FrameInbox;
  private closed = false;

  constructor(private readonly options: PhoenixFramesOptions) {
    const { hold } = options;
    this.inbox = new FrameInbox({ hold, onError: (error) => this.unhandled('frames', error) });
  }

  read(frame: unknown, take: Take): void {
    if (this.closed) return;
    if (typeof frame === 'string') this.inbox.push(frame, (read) => this.take(read, frame, take));
    else this.malformed('a frame that is no text');
  }

  /** Nothing is read any more. */
  close(): void {
    this.closed = true;
    this.inbox.close();
  }

  /** With ws, an exception here leaves the socket open but deaf: whatever is wrong with a frame ends here. */
  private take(read: JsonRead, frame: string, take: Take): void {
    if (this.closed) return;
    const { log } = this.options;
    const message = read.ok ? messageIn(read.value) : undefined;
    const isWhole = message && isObject(message.payload);
    if (log.isEnabled('debug')) {
      log.debug(`received ${isWhole ? summary(message) : 'no message'}, ${bytesIn(frame)}`);
    }
    if (!isWhole) {
      if (!read.ok && read.failure === 'tooLarge') this.malformed('a frame of too many values', 'tooLarge');
      else this.malformed('a frame that is no Phoenix message', 'unreadable', message?.topic);
      return;
    }
    try {
      take(message);
    } catch (error) {
      this.unhandled(`${message.topic} ${message.event}`, error, message.topic);
    }
  }

  private malformed(detail: string, kind: 'unreadable' | 'tooLarge' = 'unreadable', topic?: string): void {
    this.options.log.warn(`ignored ${detail}`);
    this.options.onMalformed({ kind, detail }, topic);
  }

  private unhandled(what: string, error: unknown, topic?: string): void {
    logError(this.options.log, what, error);
    this.options.onMalformed({ kind: 'unreadable', detail: `${what} could not be handled` }, topic);
  }
}

/** Undefined for what is no array of the five parts of a message; what the payload is, is not looked at. */
export function messageIn(frame: unknown): Message | undefined {
  if (!Array.isArray(frame) || frame.length !== 5) return undefined;
  const [join_ref, ref, topic, event, payload] = frame as unknown[];
  if (typeof topic !== 'string' || typeof event !== 'string') return undefined;
  return { join_ref: refOf(join_ref), ref: refOf(ref), topic, event, payload };
}

const refOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** What came, without what it says. */
function summary({ topic, event, ref, payload }: Message): string {
  const inner = isObject(payload) && isObject(payload.data) ? payload.data : payload;
  const id = ref === null ? describeId(inner) : `ref ${plainText(ref, 64)}`;
  return `${plainText(event, 64)} on ${plainText(topic, 128)}, ${id}`;
}

/** To count those of a long frame would hold the event loop for longer than to read it. */
const COUNTED_CHARS = 64 * 1024;
const bytesIn = (text: string): string =>
  text.length > COUNTED_CHARS
    ? `at least ${text.length} bytes`
    : `${new TextEncoder().encode(text).length} bytes`;
