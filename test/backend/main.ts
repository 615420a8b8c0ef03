import { parseArgs } from 'node:util';
import { startBackend } from './backend';
import { DEFAULT_GENERATION, generationNamed } from './generations/generations';
import { seedSamples } from './samples';

void main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '4000' },
      generation: { type: 'string', default: DEFAULT_GENERATION },
      'control-port': { type: 'string', default: '0' },
      progress: { type: 'boolean', default: false },
      'every-ms': { type: 'string', default: '1500' },
      seed: { type: 'string', default: '1' },
      me: { type: 'boolean', default: false },
      'allow-origin': { type: 'string' },
      'token-lifetime-s': { type: 'string', default: '7200' },
    },
  });

  const backend = await startBackend({
    port: Number(values.port),
    controlPort: Number(values['control-port']),
    generation: generationNamed(values.generation),
    ...(values.me ? { me: true } : {}),
    ...(values['allow-origin'] === undefined ? {} : { allowOrigin: values['allow-origin'] }),
    tokenLifetimeS: Number(values['token-lifetime-s']),
    seed: seedSamples,
  });
  if (values.progress) {
    backend.control.progress({ everyMs: Number(values['every-ms']), seed: Number(values.seed) });
  }
  console.log(`server   ${backend.url}`);
  console.log(`token    ${backend.issueToken()}`);
  console.log(`control  ${backend.controlUrl}/control/<method>`);

  process.once('SIGINT', () => void backend.stop());
  process.once('SIGTERM', () => void backend.stop());
}
