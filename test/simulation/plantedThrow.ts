/** Where a bug of our own can come up. */
export const PLACES = [
  'a fold',
  'a guard',
  'an action',
  'a delay',
  'the start of an actor',
  'the promise of an actor',
  'the start of a channel',
  'the end of a channel',
] as const;

export type Place = (typeof PLACES)[number];

/** A bug that a history plants: anything else that is thrown is one of the machine. */
export class PlantedThrow extends Error {}
