import { oneLine } from './model/plainText';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';
export type LogScope =
  'Server' | 'Connection' | 'PhoenixChannel' | 'SessionState' | 'Http' | 'Auth' | 'Views' | 'Notifications';

/** Takes one finished line; VS Code's LogOutputChannel, or a stream. */
export interface LogSink {
  log(level: LogLevel, line: string): void;
  /** Whether anybody will see such a line; always, where it is left out. */
  isEnabled?(level: LogLevel): boolean;
}

/**
 * A log of one component; every message becomes one line, prefixed `[Scope]`, redacted and of bounded length. What is
 * written often, or is dear to compose, is composed only where its level is enabled.
 */
export interface Log extends Readonly<Record<LogLevel, (message: string) => void>> {
  readonly isEnabled: (level: LogLevel) => boolean;
}

const MAX_LINE_LENGTH = 4_000;
const MAX_MESSAGE_LENGTH = 1_000;
const MAX_CAUSES = 4;

export function createLog(sink: LogSink, scope: LogScope): Log {
  const isEnabled = (level: LogLevel) => sink.isEnabled?.(level) !== false;
  const at = (level: LogLevel) => (message: string) => {
    if (!isEnabled(level)) return;
    sink.log(level, `[${scope}] ${start(message, MAX_LINE_LENGTH, (text) => redact(oneLine(text)))}`);
  };
  return {
    isEnabled,
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
}

/**
 * The last line of defence: secrets are a type that cannot become text, and this removes what could still reach a
 * line from outside, in a message that a library or a server wrote. Each pattern takes time in proportion to the text.
 */
export function redact(text: string): string {
  return text
    .replace(/:\/\/(?:[^\s"'/?#@]*@)?([^\s"'?#]*)(?:[?#][^\s"']*)?/g, '://$1')
    .replace(/\bBearer\s{1,8}[^\s"',]+/gi, 'Bearer [secret]')
    .replace(/eyJ[\w.-]{8,}/g, '[secret]')
    .replace(
      /((?:token|secret|code|password|verifier)["']?\s{0,8}[=:]\s{0,8}["']?)[\w.~+/%-]{8,}/gi,
      '$1[secret]',
    );
}

/** The message of anything thrown, with its causes: undici hides the true reason there. Each is cut to 1,000 units. */
export function messageOf(error: unknown): string {
  return errorChain(error)
    .map((each) => start(ownMessage(each), MAX_MESSAGE_LENGTH))
    .join(': ');
}

/** What was thrown, then its cause, and so on: at most five. */
export function errorChain(error: unknown): unknown[] {
  const chain = [error];
  for (let last = error; last instanceof Error && last.cause !== undefined; last = last.cause) {
    if (chain.length > MAX_CAUSES) break;
    chain.push(last.cause);
  }
  return chain;
}

function ownMessage(error: unknown): string {
  if (error instanceof Error) return error.message || (error as NodeJS.ErrnoException).code || error.name;
  return typeof error === 'string' ? error : Object.prototype.toString.call(error);
}

/** Cuts before anything else is done with a text that may be very long. */
function start(text: string, maxLength: number, finish = (kept: string) => kept): string {
  if (text.length <= maxLength) return finish(text);
  return `${finish(text.slice(0, maxLength))}… (${text.length - maxLength} more characters)`;
}
