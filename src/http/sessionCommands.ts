import { parseSession } from '../model/parseSession';
import { plainText } from '../model/plainText';
import type { Secret } from '../model/secret';
import type { CommandReply, CommandResult, NewSession, SessionCommand } from '../model/sessionCommand';
import type { HttpResponse } from './exchange';
import type { CommandRequest, RestClient } from './restClient';
import { jsonOf } from './sessions';

export interface CommandAccess {
  readonly rest: Pick<RestClient, 'send'>;
  readonly token: Secret;
  readonly signal: AbortSignal;
}

/** Sent once, whatever comes of it: what was lost may have been done. */
export function sendCommand(access: CommandAccess, command: SessionCommand): Promise<CommandReply> {
  switch (command.name) {
    case 'next':
      return nextCommand(access, command.id);
    case 'cancel':
      return cancelSession(access, command.id);
    case 'mode':
      return setExecutionMode(access, command.id, command.mode);
    case 'submit':
      return submitResult(access, command.id, command.interactionId, command.result);
    case 'start':
      return startSession(access, command.fields);
    case 'conversation':
      return setConversationId(access, command.id, command.conversationId);
  }
}

/** `GET /api/sessions/:id/next-command`: a GET with an effect. */
function nextCommand(access: CommandAccess, id: string): Promise<CommandReply> {
  return send(access, 'GET', [id, 'next-command']);
}

/** `POST /api/sessions/:id/cancel` */
function cancelSession(access: CommandAccess, id: string): Promise<CommandReply> {
  return send(access, 'POST', [id, 'cancel'], {});
}

/** `PUT /api/sessions/:id/execution_mode/:mode`, of the second generation alone. */
function setExecutionMode(access: CommandAccess, id: string, mode: string): Promise<CommandReply> {
  return send(access, 'PUT', [id, 'execution_mode', mode], {});
}

/** `POST /api/sessions/:id/submit-result/:interaction_id` */
function submitResult(
  access: CommandAccess,
  id: string,
  interactionId: string,
  result: CommandResult,
): Promise<CommandReply> {
  return send(access, 'POST', [id, 'submit-result', interactionId], { result });
}

/** `POST /api/sessions` */
function startSession(access: CommandAccess, fields: NewSession): Promise<CommandReply> {
  return send(access, 'POST', [], { session: newSession(fields) });
}

/** As servers take it; the environment under both its names, of which a server ignores the one it does not know. */
export function newSession({ component_id, ...fields }: NewSession): object {
  const { environment } = fields;
  // The first generations number their components.
  const component = component_id && /^\d{1,15}$/.test(component_id) ? Number(component_id) : component_id;
  return {
    ...{ ...fields, ...(environment !== undefined && { environment_type: environment }) },
    ...(component !== undefined && { component_id: component }),
  };
}

/** `PUT /api/sessions/:id/external_conversation_id`, of the first generation alone. */
function setConversationId(
  access: CommandAccess,
  id: string,
  external_conversation_id: string,
): Promise<CommandReply> {
  return send(access, 'PUT', [id, 'external_conversation_id'], { external_conversation_id });
}

async function send(
  { rest, token, signal }: CommandAccess,
  method: CommandRequest['method'],
  parts: readonly string[],
  body?: object,
): Promise<CommandReply> {
  // Dots would be another address, and half a character cannot be sent.
  const unusable = parts.find((part) => /^\.{0,2}$|\p{Surrogate}/u.test(part));
  if (unusable !== undefined) return refused('an id, or a mode, that no address can carry');
  const path = ['/api/sessions', ...parts.map(encodeURIComponent)].join('/');
  const answer = await rest.send({ method, path, body, token, signal });
  if (answer.kind !== 'answered') return answer;
  return replyOf(answer.response, `${method} ${path}`);
}

async function replyOf({ status, text }: HttpResponse, name: string): Promise<CommandReply> {
  const body = ((await jsonOf(text)) ?? {}) as { data?: unknown; error?: unknown; errors?: unknown };
  if (status < 300) {
    const session = parseSession(body.data);
    if (session) return { kind: 'done', session };
    return { kind: 'lost', failure: { kind: 'unreadable', detail: `${name}: no session in the answer` } };
  }
  const reason = reasonOf(body);
  const detail = `${name}: ${reason === '' ? 'refused' : reason} (HTTP ${status})`;
  if (status !== 404) return refused(detail);
  const isSaid = typeof body.error === 'string';
  return { kind: 'notFound', isSaid, failure: { kind: 'commandRefused', detail } };
}

const refused = (detail: string): CommandReply => ({
  kind: 'refused',
  failure: { kind: 'commandRefused', detail },
});

const MAX_REASON_CHARS = 300;
const MAX_REASONS = 10;

/** `{error}`, or `{errors: {field: [..]}}`, as one line of bounded length. */
export function reasonOf({ error, errors }: { error?: unknown; errors?: unknown }): string {
  if (typeof error === 'string') return plainText(error, MAX_REASON_CHARS);
  if (typeof errors !== 'object' || errors === null) return '';
  const reasons = Object.entries(errors)
    .slice(0, MAX_REASONS)
    .map(([field, said]) => {
      const texts = (Array.isArray(said) ? said.slice(0, MAX_REASONS) : [said]).filter(
        (each): each is string => typeof each === 'string',
      );
      const reason = texts.map((each) => plainText(each, MAX_REASON_CHARS)).join(', ');
      return field === 'detail' ? reason : `${plainText(field, MAX_REASON_CHARS)} ${reason}`;
    });
  return plainText(reasons.join('; '), MAX_REASON_CHARS);
}
