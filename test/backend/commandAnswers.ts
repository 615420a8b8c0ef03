/** What a channel answers to an event that a client sent. */
export interface CallReply {
  status: 'ok' | 'error';
  response: unknown;
}

const KEPT_MS = 10 * 60_000;

/** Answers to commands by user and id of the command: who asks again gets the first one, and nothing is done twice. */
export class CommandAnswers {
  private readonly kept = new Map<string, { at: number; reply: CallReply }>();

  once(userId: number, id: string, run: () => CallReply): CallReply {
    for (const [key, { at }] of this.kept) if (Date.now() - at > KEPT_MS) this.kept.delete(key);
    const key = `${userId} ${id}`;
    const reply = this.kept.get(key)?.reply ?? run();
    this.kept.set(key, this.kept.get(key) ?? { at: Date.now(), reply });
    return reply;
  }
}
