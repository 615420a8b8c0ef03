import {
  MAX_DEPTH,
  MAX_FIELD_VALUES,
  MAX_INTERACTION_VALUES,
  MAX_INTERACTIONS,
  MAX_KEYS,
  MAX_UNKNOWN_FIELDS,
} from './limits';
import { TOO_DEEP } from './readJson';
import { KNOWN_FIELDS } from './session';

export const TOO_MANY = '[left out: too many values]';

/** What of a session lies beyond the bounds and is not shown. */
export interface LeftOut {
  /** The oldest ones. */
  readonly interactions: number;
  /** Places where something was left out: nested too deeply, too many values, too many fields. */
  readonly places: number;
}

/** The payload of a session within the bounds; the same object where it lies within them. Nothing changes in place. */
export function boundSession(payload: Record<string, unknown>): {
  readonly payload: Record<string, unknown>;
  readonly leftOut: LeftOut | null;
} {
  const { interactions } = payload;
  const short = !Array.isArray(interactions) || interactions.length <= MAX_INTERACTIONS;
  const room = { values: MAX_FIELD_VALUES };
  if (short && fits(payload, MAX_DEPTH, room)) {
    // It has no more fields than values.
    const values = MAX_FIELD_VALUES - room.values;
    if (values <= MAX_UNKNOWN_FIELDS || Object.keys(payload).length <= MAX_UNKNOWN_FIELDS)
      return { payload, leftOut: null };
  }
  const left = { interactions: 0, places: unknownFields(payload) };
  let unknown = 0;
  const kept: [string, unknown][] = [];
  for (const name in payload) {
    if (!KNOWN_FIELDS.has(name) && ++unknown > MAX_UNKNOWN_FIELDS) continue;
    const value = payload[name];
    if (name !== 'interactions' || !Array.isArray(value)) {
      kept.push([name, bounded(value, MAX_DEPTH - 1, { values: MAX_FIELD_VALUES }, left)]);
      continue;
    }
    // Each field has a room of its own: an event and a list, which carry different fields, leave out the same.
    const room = { values: MAX_INTERACTION_VALUES };
    const newest: unknown[] = [];
    for (const interaction of value.slice(0, MAX_INTERACTIONS) as unknown[]) {
      if (room.values <= 0) break;
      newest.push(bounded(interaction, MAX_DEPTH - 2, room, left));
    }
    left.interactions = value.length - newest.length;
    kept.push([name, newest]);
  }
  const cut = left.interactions > 0 || left.places > 0;
  return { payload: cut ? Object.fromEntries(kept) : payload, leftOut: cut ? left : null };
}

/** How many more there are than are kept. */
function unknownFields(payload: object): number {
  let unknown = 0;
  for (const name in payload) if (!KNOWN_FIELDS.has(name)) unknown += 1;
  return Math.max(0, unknown - MAX_UNKNOWN_FIELDS);
}

/** The value within the bounds, with markers for what is left out; the same one where it lies within them. */
export function boundValue(value: unknown, room: Room): unknown {
  const { values } = room;
  if (fits(value, MAX_DEPTH, room)) return value;
  room.values = values;
  return bounded(value, MAX_DEPTH, room, { places: 0 });
}

export interface Room {
  values: number;
}

/** Whether it is nested no deeper and has no more values, which it takes of the room: `depth` bounds the recursion. */
export function fits(value: unknown, depth: number, room: Room): boolean {
  room.values -= 1;
  if (typeof value !== 'object' || value === null) return room.values >= 0;
  if (depth === 0 || room.values < 0) return false;
  if (Array.isArray(value)) {
    if (value.length > room.values) return false;
    for (const element of value as unknown[]) if (!fits(element, depth - 1, room)) return false;
    return true;
  }
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key];
    if (typeof member !== 'object' || member === null) room.values -= 1;
    else if (!fits(member, depth - 1, room)) return false;
  }
  return room.values >= 0;
}

/** A copy that keeps what comes first; what is left out leaves a marker behind. */
function bounded(value: unknown, depth: number, room: Room, left: { places: number }): unknown {
  room.values -= 1;
  if (typeof value !== 'object' || value === null) return value;
  if (depth === 0 || room.values <= 0) {
    left.places += 1;
    return depth === 0 ? TOO_DEEP : TOO_MANY;
  }
  if (Array.isArray(value)) {
    const kept: unknown[] = [];
    for (const element of value as unknown[]) {
      if (room.values <= 0) {
        left.places += 1;
        kept.push(TOO_MANY);
        break;
      }
      kept.push(bounded(element, depth - 1, room, left));
    }
    return kept;
  }
  const kept: [string, unknown][] = [];
  for (const key in value) {
    if (room.values <= 0 || kept.length >= MAX_KEYS) {
      left.places += 1;
      kept.push([TOO_MANY, null]);
      break;
    }
    kept.push([key, bounded((value as Record<string, unknown>)[key], depth - 1, room, left)]);
  }
  return Object.fromEntries(kept);
}
