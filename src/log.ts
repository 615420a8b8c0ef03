export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';
export type LogScope = 'Connection' | 'PhoenixChannel' | 'SessionState' | 'Http' | 'Auth' | 'Views';

/** Takes one finished line; VS Code's LogOutputChannel, or a stream. */
export interface LogSink {
  log(level: LogLevel, line: string): void;
}

/** A log of one component; every line is prefixed `[Scope]` and redacted. */
export type Log = Record<LogLevel, (message: string) => void>;

export function createLog(sink: LogSink, scope: LogScope): Log {
  const at = (level: LogLevel) => (message: string) => sink.log(level, `[${scope}] ${redact(message)}`);
  return { trace: at('trace'), debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/**
 * The last line of defence: secrets are a type that cannot become text, and this removes what could still reach a
 * line from outside, in a message that a library or a server wrote.
 */
export function redact(text: string): string {
  return text
    .replace(/([a-z][a-z+.-]*:\/\/[^\s?#"']*)\?[^\s"']*/gi, '$1')
    .replace(/\bBearer\s+[^\s"',]+/gi, 'Bearer [secret]')
    .replace(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[secret]')
    .replace(/((?:token|secret|code|password|verifier)["']?\s*[=:]\s*["']?)[\w.~+/-]{8,}/gi, '$1[secret]');
}

/** The message of anything thrown, with its cause: undici hides the true reason there. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  const own = error.message || code || error.name;
  return error.cause === undefined ? own : `${own}: ${messageOf(error.cause)}`;
}
