import type { Generation } from './generation';
import { INTEGER, laterGeneration, refusalOf, UUID } from './laterGeneration';

const ROUTES: Generation['routes'] = [
  'GET /api/me',
  'GET /api/projects',
  'GET /api/sessions',
  'POST /api/sessions',
  'GET /api/sessions/:id',
  'GET /api/sessions/:id/next-command',
  'POST /api/sessions/:id/submit-result/:interaction_id',
  'POST /api/sessions/:id/cancel',
  'PUT /api/sessions/:id/execution_mode/:mode',
  'POST /api/sessions/:id/events',
];

export const g2: Generation = {
  ...laterGeneration('integer', 'environment'),
  refusal: (topic) => refusalOf(topic, INTEGER),
  presence: 'on',
  crashesOnCreated: false,
  routes: ROUTES,
};

/** Between the second and the third: the one that was recorded as the second. */
export const g2Late: Generation = {
  ...g2,
  ...laterGeneration('uuid', 'environment_type'),
  refusal: (topic) => refusalOf(topic, UUID),
};
