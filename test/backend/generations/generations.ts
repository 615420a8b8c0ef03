import { g1 } from './g1';
import { g2, g2Late } from './g2';
import { g3 } from './g3';
import { next } from './next';

/** What the server can be, by the name that `--generation` takes. */
export const GENERATIONS = { '1': g1, '2': g2, '2-late': g2Late, '3': g3, next };

export type GenerationName = keyof typeof GENERATIONS;

/** Throws where there is no such generation. */
export function generationNamed(name: string): GenerationName {
  if (Object.hasOwn(GENERATIONS, name)) return name as GenerationName;
  throw new Error(`--generation wants one of ${Object.keys(GENERATIONS).join(', ')}, not "${name}".`);
}

/** What a server is that nobody named one for: a suite may run on each. */
export const DEFAULT_GENERATION = generationNamed(process.env.CODEMYSPEC_GENERATION ?? '1');
