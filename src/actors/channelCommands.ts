import { newSession, reasonOf } from '../http/sessionCommands';
import { parseSession } from '../model/parseSession';
import { plainText } from '../model/plainText';
import type { ServerOffers } from '../model/serverOffers';
import type { CommandName, CommandReply, SessionCommand } from '../model/sessionCommand';
import type { PushReply } from '../phoenixChannel';

/** A channel that is joined, as far as commands go over it. */
export interface CommandChannel {
  readonly base: string;
  readonly offers: ServerOffers | undefined;
  /** One push of the event `command`. */
  command(payload: object): Promise<PushReply>;
}

/** For how long a server must keep its answer is more than this, see test/backend/README.md. */
export const ASKED_AGAIN_WITHIN_MS = 15_000;

/**
 * Commands as pushes on the channel that is joined. Each bears an id by which the server answers once and does it once,
 * so that one whose answer is lost is asked again: once, with the same id, on the channel that is joined by then.
 */
export class ChannelCommands {
  private channel: CommandChannel | undefined;
  private last: CommandChannel | undefined;
  private readonly waiting = new Set<() => void>();

  /** The channel that is joined now; undefined when it has ended. */
  follow(channel: CommandChannel | undefined): void {
    this.channel = channel;
    this.last = channel ?? this.last;
    if (channel) for (const look of this.waiting) look();
  }

  /** Undefined where the server announced it, and its channel is not joined now. */
  takes(base: string, command: CommandName): boolean | undefined {
    const { last } = this;
    if (last?.base !== base || !last.offers?.commands.has(command)) return false;
    return last === this.channel || undefined;
  }

  async send(command: SessionCommand, signal: AbortSignal): Promise<CommandReply> {
    const { channel: first } = this;
    const payload = { id: crypto.randomUUID(), ...pushOf(command) };
    if (!first) return { kind: 'refused', failure: { kind: 'notConnected', detail: 'no channel is joined' } };
    const reply = replyOf(command, await first.command(payload));
    if (reply.kind !== 'lost' || signal.aborted) return reply;
    const next = await this.joined(signal);
    // Of another user or server, or one that announces it no more: there it would be another command.
    const isSame = next?.base === first.base && next.offers?.userId === first.offers?.userId;
    if (!next?.offers?.commands.has(command.name) || !isSame) return reply;
    return replyOf(command, await next.command(payload));
  }

  /** The channel that is joined, now or soon. */
  private joined(signal: AbortSignal): Promise<CommandChannel | undefined> {
    if (this.channel) return Promise.resolve(this.channel);
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.waiting.delete(end);
        signal.removeEventListener('abort', end);
        resolve(this.channel);
      };
      const timer = setTimeout(end, ASKED_AGAIN_WITHIN_MS);
      signal.addEventListener('abort', end);
      this.waiting.add(end);
    });
  }
}

function pushOf(command: SessionCommand): object {
  const { name } = command;
  if (name === 'start') return { name, session: newSession(command.fields) };
  const of = { name, session_id: command.id };
  switch (name) {
    case 'next':
    case 'cancel':
      return of;
    case 'mode':
      return { ...of, execution_mode: command.mode };
    case 'submit':
      return { ...of, interaction_id: command.interactionId, result: command.result };
    case 'conversation':
      return { ...of, external_conversation_id: command.conversationId };
  }
}

/** Reasons that are not merely a no. */
const REASONS: Partial<Record<string, 'sessionNotFound' | 'unsupported'>> = {
  session_not_found: 'sessionNotFound',
  unknown_command: 'unsupported',
};

/** An answer that is an error promises that nothing was done. */
function replyOf({ name }: SessionCommand, reply: PushReply): CommandReply {
  if (reply.kind === 'lost') return reply;
  const { data, reason, errors } = (reply.response ?? {}) as Record<string, unknown>;
  if (reply.kind === 'ok') {
    const session = parseSession(data);
    if (session) return { kind: 'done', session };
    return { kind: 'lost', failure: { kind: 'unreadable', detail: `${name}: no session in the answer` } };
  }
  const said = typeof reason === 'string' ? plainText(reason, 120) : 'refused';
  const detail = [name, said, reasonOf({ errors })].filter(Boolean).join(': ');
  const kind = (Object.hasOwn(REASONS, said) && REASONS[said]) || 'commandRefused';
  return { kind: 'refused', failure: { kind, detail } };
}
