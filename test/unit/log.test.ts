import { describe, expect, it } from 'vitest';
import { LogLevel, type LogOutputChannel } from 'vscode';
import { createLog, messageOf, type Log, type LogSink } from '../../src/log';
import { logSinkOf } from '../../src/vscode/logChannel';

function openLog(sink: Partial<LogSink> = {}): { log: Log; lines: string[] } {
  const lines: string[] = [];
  return { log: createLog({ log: (_, line) => lines.push(line), ...sink }, 'Http'), lines };
}

describe('[X4] a line of the log', () => {
  it('cannot be forged by a server', () => {
    const { log, lines } = openLog();
    log.warn(
      'the server said: no\n2026-01-01 00:00:00.000 [info] [Connection] connected.live\u001b[2K\u202e',
    );
    expect(lines).toEqual([
      '[Http] the server said: no 2026-01-01 00:00:00.000 [info] [Connection] connected.live [2K',
    ]);
  });

  it('hides no secret behind characters that nobody sees', () => {
    const { log, lines } = openLog();
    log.warn('Bearer\u200b\u200b\u200bs3cr3t-value, token\u2060=\u2060s3cr3t-value');
    expect(lines).toEqual(['[Http] Bearer [secret], token = [secret]']);
  });

  it('says how much of a long message it leaves out', () => {
    const { log, lines } = openLog();
    log.warn('x'.repeat(5_000));
    log.warn(messageOf(new Error('y'.repeat(1_500), { cause: new Error('z') })));
    expect(lines).toEqual([
      `[Http] ${'x'.repeat(4_000)}… (1000 more characters)`,
      `[Http] ${'y'.repeat(1_000)}… (500 more characters): z`,
    ]);
  });
});

it('[H3] nothing is composed for a level that nobody sees', () => {
  const { log, lines } = openLog({ isEnabled: (level) => level !== 'debug' });
  log.debug('unseen');
  log.info('seen');
  expect(lines).toEqual(['[Http] seen']);
});

it('the log of VS Code tells which levels it shows', () => {
  const enabled = (logLevel: LogLevel) => {
    const sink = logSinkOf({ logLevel } as LogOutputChannel);
    return (['trace', 'debug', 'info', 'warn', 'error'] as const).filter((level) => sink.isEnabled?.(level));
  };
  expect([LogLevel.Trace, LogLevel.Info, LogLevel.Error, LogLevel.Off].map(enabled)).toEqual([
    ['trace', 'debug', 'info', 'warn', 'error'],
    ['info', 'warn', 'error'],
    ['error'],
    [],
  ]);
});

it('the message of what was thrown ends, whatever that was', () => {
  const circle = new Error('a');
  circle.cause = circle;
  expect(messageOf(circle)).toBe('a: a: a: a: a');
  expect([undefined, null, 'text', Object.create(null), 1n].map(messageOf)).toEqual([
    '[object Undefined]',
    '[object Null]',
    'text',
    '[object Object]',
    '[object BigInt]',
  ]);
});
