import { expect, it } from 'vitest';
import { Uri } from 'vscode';
import { mergeSession } from '../../../src/model/session';
import { outputUri, parseOutputUri, parseSessionUri, sessionUri } from '../../../src/sessionView/sessionUri';

const session = (id: string, account_id: string | null = '11') =>
  mergeSession(undefined, { id, account_id, type: 'ComponentCodingSessions' });

it.each(['42', '0192f1c4-7e7e-7d5f-8c7a-3f2a9c1b0d4e', '../x?y#z', '"],["', 'a\ud800', '', '%2F'])(
  '[U6] the address of a session holds its server, its account and its id %j',
  (id) => {
    const uri = sessionUri('https://mine.example/', session(id));
    expect(parseSessionUri(uri)).toEqual({ server: 'https://mine.example', account: '11', id });
  },
);

it('[U1] the title of its tab is the kind and the number', () => {
  expect(sessionUri('https://a.example', session('42')).path).toBe('/Component Coding 42');
  expect(sessionUri('https://a.example', session('0192f1c4-7e7e-7d5f')).path).toBe(
    '/Component Coding 0192f1c4',
  );
  expect(sessionUri('https://a.example', session('a/../b')).path).toBe('/Component Coding a .. b');
});

it('[U6] servers and accounts are told apart', () => {
  const addresses = [
    sessionUri('https://a.example', session('1')),
    sessionUri('https://b.example', session('1')),
    sessionUri('https://a.example', session('1', '12')),
    sessionUri('https://a.example', session('1', null)),
    sessionUri('https://a.example', session('11', '')),
  ].map((uri) => uri.query);
  expect(new Set(addresses).size).toBe(addresses.length);
});

it('[U4] the address of an output holds its step and its part', () => {
  const ref = { of: { server: 's', account: 'a', id: 'i' }, part: 'stderr', step: '#0' } as const;
  expect(parseOutputUri(outputUri('Run/Tests.log', ref))).toEqual(ref);
});

it.each(['', '{}', '[]', '["s","a"]', '["s","a",1]', '["s","a","i","x"]', 'x'])(
  '[U6] %j is no address',
  (query) => {
    expect(parseSessionUri(Uri.from({ scheme: 'codemyspec-session', path: '/x', query }))).toBeUndefined();
    expect(parseOutputUri(Uri.from({ scheme: 'codemyspec-output', path: '/x', query }))).toBeUndefined();
  },
);
