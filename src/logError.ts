import { messageOf, type Log } from './log';

const FRAMES = 12;

/** Writes down a bug: what failed and its message, then where, one frame of its stack a line. */
export function logError(log: Log, what: string, error: unknown): void {
  log.error(`${what}: ${messageOf(error)}`);
  for (const frame of framesOf(error)) log.error(frame);
}

/** The message of an error may quote a server, over several lines; the frames are ours. */
function framesOf(error: unknown): string[] {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return [];
  const lines = error.stack.split('\n').filter((line) => /^\s{2,8}at /.test(line));
  return lines.slice(0, FRAMES).map((line) => line.slice(0, 300));
}
