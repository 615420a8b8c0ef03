import type { LogOutputChannel } from 'vscode';
import type { LogSink } from '../log';

export function logSinkOf(channel: LogOutputChannel): LogSink {
  return { log: (level, line) => channel[level](line) };
}
