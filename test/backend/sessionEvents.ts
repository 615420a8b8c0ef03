import { nowInMicroseconds, STATUSES, type Id, type World } from './world';

export interface SessionEvent {
  event_type: string;
  sent_at: string;
  data: Record<string, unknown>;
}

export function sessionEvent(event: Partial<SessionEvent> = {}): SessionEvent {
  return {
    event_type: 'post_tool_use',
    sent_at: nowInMicroseconds(),
    data: { tool_name: 'Bash' },
    ...event,
  };
}

const ANNOUNCEMENTS: Record<string, (value: unknown) => [event: string, payload: Record<string, unknown>]> = {
  external_conversation_id: (value) => ['conversation_id_set', { conversation_id: value }],
  status: (value) => ['session_status_changed', { status: value }],
};

/** What an agent reports of its session: those who follow the session see it, and the user that something goes on. */
export function takeEvent(world: World, id: Id, event: SessionEvent): void {
  const { new_status, conversation_id, session_id = conversation_id } = event.data;
  const isStart = /^(conversation_started|session_start)$/.test(event.event_type);
  const pending = world.find(id)?.interactions.find(({ result }) => result === null);
  if (STATUSES.includes(String(new_status))) setField(world, id, 'status', new_status);
  else if (isStart && session_id !== undefined && world.find(id)?.external_conversation_id === null) {
    setField(world, id, 'external_conversation_id', session_id);
  }
  if (event.event_type === 'session_end') {
    if (pending) world.completeInteraction(id, pending.id, {});
    world.announce(id, 'session_ended');
  }
  world.announce(id, 'session_event_received', { event }, 'session');
  world.announce(id, 'session_activity');
}

/** Changes one field as events do: no `session_updated` of the whole session, but a broadcast of the field alone. */
export function setField(world: World, id: Id, field: string, value: unknown): void {
  world.patchSession(id, { [field]: value });
  const [event, payload] = ANNOUNCEMENTS[field]?.(value) ?? ['session_field_updated', { field, value }];
  world.announce(id, event, payload, 'both');
}
