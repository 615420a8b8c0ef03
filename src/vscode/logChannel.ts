import { LogLevel, type LogOutputChannel } from 'vscode';
import type { LogSink } from '../log';

const LEVELS = {
  trace: LogLevel.Trace,
  debug: LogLevel.Debug,
  info: LogLevel.Info,
  warn: LogLevel.Warning,
  error: LogLevel.Error,
} as const;

export function logSinkOf(channel: LogOutputChannel): LogSink {
  return {
    log: (level, line) => channel[level](line),
    isEnabled: (level) => channel.logLevel !== LogLevel.Off && channel.logLevel <= LEVELS[level],
  };
}
