import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { createLog, messageOf, redact } from '../../src/log';
import { Secret } from '../../src/model/secret';
import { userIdOfToken } from '../../src/model/userId';

const VALUE = 's3cr3t-Value_0123456789';

it('[X3] a secret does not become text by accident', () => {
  const secret = new Secret(VALUE);
  const texts = [
    // eslint-disable-next-line @typescript-eslint/restrict-template-expressions -- the accident itself
    `${secret}`,
    String(secret),
    JSON.stringify({ secret }),
    inspect({ secret }, { depth: 9, showHidden: true }),
    JSON.stringify(Object.entries(secret)),
    inspect(structuredClone(Object.assign({}, secret))),
  ];
  for (const text of texts) expect(text).not.toContain(VALUE);
  expect(secret.reveal()).toBe(VALUE);
  expect([secret.equals(new Secret(VALUE)), secret.equals(undefined)]).toEqual([true, false]);
});

it('[X3] what a library or a server says is redacted on its way to the log', () => {
  const said = [
    `connected to ws://localhost:4000/socket/websocket?token=${VALUE}&vsn=2.0.0`,
    `{"authorization":"Bearer ${VALUE}"}`,
    `access_token: "${VALUE}"`,
    `refresh_token=${VALUE}`,
    `refresh_token=%2B${VALUE}`,
    `the proxy http://user:${VALUE}@proxy.example:8080 refused`,
    `back at http://localhost:1/callback#access_token=${VALUE}`,
    `client_secret":"${VALUE}"`,
    `jwt eyJhbGciOi.eyJzdWIiOiIxIn0.${VALUE}`,
  ];
  const lines: string[] = [];
  const log = createLog({ log: (_level, line) => lines.push(line) }, 'Http');
  said.forEach((line) => log.info(line));
  for (const line of lines) {
    expect(line).toMatch(/^\[Http\] /);
    expect(line).not.toContain(VALUE);
  }
  expect(redact('GET http://x.example/api/sessions?status[]=active 200')).toBe(
    'GET http://x.example/api/sessions 200',
  );
});

it('tells the true reason behind a wrapped error', () => {
  const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
  expect(messageOf(new Error('fetch failed', { cause }))).toBe(
    'fetch failed: connect ECONNREFUSED 127.0.0.1:1',
  );
});

it('reads the user id from a token that tells it, and from no other', () => {
  const jwt = (claims: unknown) =>
    new Secret(`h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`);
  expect(userIdOfToken(jwt({ sub: '12' }))).toBe('12');
  expect(userIdOfToken(jwt({ sub: 12, name: 'Zoë ☃' }))).toBe('12');
  for (const other of [
    jwt({}),
    jwt(null),
    jwt({ sub: '../1' }),
    new Secret('opaque'),
    new Secret('a.%%%.c'),
  ]) {
    expect(userIdOfToken(other)).toBeUndefined();
  }
});
