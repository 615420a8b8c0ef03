import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The pair that the README beside it calls worthless. */
export function selfSigned(): { key: string; cert: string } {
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => readFileSync(join(__dirname, name), 'utf8'));
  return { key: key!, cert: cert! };
}
