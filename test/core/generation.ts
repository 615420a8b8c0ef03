import { DEFAULT_GENERATION, GENERATIONS } from '../backend/generations/generations';

/** Which server a suite runs on that runs on each (`vitest.config.mts`), and what is different there. */
const generation = GENERATIONS[DEFAULT_GENERATION];

export const ownTopic = generation.userTopic(1);
export const listsOverRest = generation.routes.includes('GET /api/sessions');
export const { crashesOnCreated } = generation;
export const asksForUserId = generation.userTopic(1) !== generation.userTopic(2);
/** Joins of the user's own topic: a later server has others besides. */
export const ownJoins = <T extends { topic: string }>(joins: readonly T[]): T[] =>
  joins.filter(({ topic }) => topic === ownTopic);
/** Where the link is away for long. */
export const fallbackState = listsOverRest ? 'polling.fresh' : 'polling.offline';
