import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Every secret that a test run used, and everything that the product wrote in it, kept side by side where
 * `CODEMYSPEC_TRACES` names a folder: at the end no secret may stand in any trace (X3).
 */
const folder = () => process.env.CODEMYSPEC_TRACES;
const SECRETS = 'secrets.txt';

export const keepsTraces = (): boolean => folder() !== undefined;

export function keepSecret<T extends string | undefined>(secret: T): T {
  if (secret !== undefined) keep(SECRETS, `${secret}\n`);
  return secret;
}

export function keepTrace(text: string): void {
  keep(`trace-${process.pid}.txt`, `${text}\n`);
}

function keep(file: string, text: string): void {
  const where = folder();
  if (where === undefined) return;
  mkdirSync(where, { recursive: true });
  appendFileSync(join(where, file), text);
}

/** How many secrets were used, how much was written, and what of the one stands in the other. */
export function scanTraces(where: string): { secrets: number; bytes: number; leaks: string[] } {
  if (!existsSync(join(where, SECRETS))) return { secrets: 0, bytes: 0, leaks: [] };
  const secrets = [...new Set(readFileSync(join(where, SECRETS), 'utf8').split('\n').filter(Boolean))];
  let bytes = 0;
  const leaks: string[] = [];
  for (const file of readdirSync(where)) {
    if (file === SECRETS) continue;
    const text = readFileSync(join(where, file), 'utf8');
    bytes += text.length;
    for (const secret of secrets) if (text.includes(secret)) leaks.push(`${file}: ${secret.slice(0, 4)}…`);
  }
  return { secrets: secrets.length, bytes, leaks };
}
