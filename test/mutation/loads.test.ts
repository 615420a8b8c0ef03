import { expect, it } from 'vitest';

/** A module that cannot be loaded fails no test of a file that imports it: the file has none then. */
const MODULES = {
  connection: () => import('../../machines/connectionMachine'),
  delays: () => import('../../machines/delays'),
  selectors: () => import('../../machines/selectors'),
  sessions: () => import('../../machines/sessions'),
  supervisor: () => import('../../machines/supervisor'),
  actors: () => import('../../src/actors/connectionActors'),
  sessionManager: () => import('../../src/sessionManager'),
};

it.each(Object.entries(MODULES))('the module of the %s can be loaded', async (_name, load) => {
  expect(Object.keys(await load())).not.toEqual([]);
});
