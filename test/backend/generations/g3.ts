import type { Generation } from './generation';
import { INTEGER, laterGeneration, refusalOf } from './laterGeneration';

export const g3: Generation = {
  ...laterGeneration('uuid', 'environment_type'),
  // Its sessions have UUIDs, and the channel of a session was never taught that.
  refusal: (topic) => refusalOf(topic, INTEGER),
  presence: 'diff',
  crashesOnCreated: true,
  routes: ['GET /api/me', 'GET /api/projects'],
};
