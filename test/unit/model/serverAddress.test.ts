import { expect, it } from 'vitest';
import { parseServerAddress } from '../../../src/model/serverAddress';

const kindOf = (typed: string) => {
  const answer = parseServerAddress(typed);
  return answer.ok ? 'fine' : answer.failure.kind;
};

it('turns http into ws and https into wss, keeps a path, drops the rest', () => {
  expect(parseServerAddress(' http://localhost:4000/ ')).toEqual({
    ok: true,
    value: {
      base: 'http://localhost:4000',
      origin: 'http://localhost:4000',
      isPlain: true,
      socket: 'ws://localhost:4000/socket',
    },
  });
  expect(parseServerAddress('https://code.example/app/?a=b#c')).toEqual({
    ok: true,
    value: {
      base: 'https://code.example/app',
      origin: 'https://code.example',
      isPlain: false,
      socket: 'wss://code.example/app/socket',
    },
  });
  expect(parseServerAddress('wss://code.example')).toMatchObject({ value: { base: 'https://code.example' } });
});

it('[X2] refuses plain http but to exactly this machine', () => {
  for (const local of [
    'http://127.0.0.1:1',
    'http://[::1]:1',
    'http://localhost',
    'http://LOCALHOST:1',
    'http://127.1',
  ]) {
    expect(kindOf(local)).toBe('fine');
  }
  for (const far of [
    'http://app.localhost',
    'http://127.8.9.1',
    'http://localhost.',
    'http://[::ffff:127.0.0.1]',
    'http://code.example',
    'http://192.168.1.2',
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'ws://10.0.0.1',
  ]) {
    expect(kindOf(far)).toBe('insecureAddress');
  }
});

it('refuses what is no address', () => {
  for (const bad of ['', 'localhost:4000', 'ftp://x', 'http://', '//x', 'javascript:alert(1)']) {
    expect(kindOf(bad)).toBe('invalidAddress');
  }
});

it('says of an address with a user name or a password what is wrong with it', () => {
  for (const bad of ['https://user:pw@code.example', 'https://user@code.example', 'http://:pw@localhost']) {
    expect(kindOf(bad)).toBe('credentialsInAddress');
  }
});
