import { err, ok } from '../model/failure';
import { readJson, type JsonRead } from '../model/readJson';
import { afterTurn, inSlices, paced, SLICE_MS, yieldToEventLoop } from '../eventLoop';

/** Read at once, without a look at the clock: a few milliseconds at most. */
const AT_ONCE_CHARS = 64 * 1024;

export interface FrameInboxOptions {
  /** Keeps further frames in the socket, or lets them come again. */
  readonly hold: (held: boolean) => void;
  /** A bug of ours while frames were read. */
  readonly onError: (error: unknown) => void;
}

type Take = (read: JsonRead) => void;

/**
 * Reads frames in their order. Small ones are taken in the turn of their arrival; a large one, or more of them than
 * fit into a slice, in slices, and the socket waits meanwhile.
 */
export class FrameInbox {
  private readonly waiting: { readonly text: string; readonly take: Take }[] = [];
  private draining = false;
  private closed = false;
  /** When the first frame of this turn of the event loop came. */
  private turnSince: number | undefined;
  /** Read since the last look at the clock. */
  private chars = 0;

  constructor(private readonly options: FrameInboxOptions) {}

  push(text: string, take: Take): void {
    if (this.closed) return;
    if (!this.draining && text.length <= AT_ONCE_CHARS && this.isTimeLeft(text.length)) {
      take(readAtOnce(text));
      return;
    }
    this.waiting.push({ text, take });
    if (this.draining) return;
    this.draining = true;
    this.options.hold(true);
    void this.drain();
  }

  /** Nothing is read any more. */
  close(): void {
    this.closed = true;
    this.waiting.length = 0;
    // A socket that is held would not hear the answer to its close.
    if (this.draining) this.options.hold(false);
  }

  /** A socket that has much to give is read many times in one turn. */
  private isTimeLeft(chars: number): boolean {
    this.chars += chars;
    if (this.turnSince !== undefined && this.chars <= AT_ONCE_CHARS) return true;
    this.chars = 0;
    const now = performance.now();
    if (this.turnSince === undefined) {
      this.turnSince = now;
      afterTurn(() => (this.turnSince = undefined));
    }
    return now - this.turnSince < SLICE_MS;
  }

  private async drain(): Promise<void> {
    // To receive a large frame has taken much of this turn.
    await yieldToEventLoop();
    const pace = paced();
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      try {
        const isSmall = next.text.length <= AT_ONCE_CHARS;
        const read = isSmall ? readAtOnce(next.text) : await inSlices(readJson(next.text), pace);
        if (!this.closed) next.take(read);
      } catch (error) {
        this.options.onError(error);
      }
      const pause = pace();
      if (pause) await pause;
    }
    this.draining = false;
    if (!this.closed) this.options.hold(false);
  }
}

function readAtOnce(text: string): JsonRead {
  try {
    return ok(JSON.parse(text));
  } catch {
    return err('malformed');
  }
}

/** Holds the reading of a socket whose transport can be paused, as that of ws. */
export function readingOf(socket: { readonly conn: object | null }): (held: boolean) => void {
  return (held) => {
    const conn = socket.conn as { pause?(): void; resume?(): void } | null;
    if (held) conn?.pause?.();
    else conn?.resume?.();
  };
}
