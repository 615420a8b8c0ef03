import { createHash } from 'node:crypto';
import type { Backend } from '../backend';
import { call, type Reply } from '../call';
import { answerConsent } from './answerConsent';

export const REDIRECT_URI = 'vscode://codemyspec.codemyspec/callback';
export const STATE = 'the-state';
export const VERIFIER = 'a-verifier-of-the-right-length-0123456789-abc';
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');

export interface Registered {
  client_id: string;
  client_secret?: string;
}

export interface Granted {
  access_token: string;
  refresh_token?: string;
  expires_in: number;
  token_type: string;
  scope: string;
}

export function read({ text }: Reply): unknown {
  return JSON.parse(text);
}

export function post(backend: Backend, path: string, form: Record<string, string>): Promise<Reply> {
  return call(backend.url + path, { method: 'POST', form });
}

export async function register(backend: Backend, redirectUri = REDIRECT_URI): Promise<Registered> {
  const body = { client_name: 'VS Code', redirect_uris: [redirectUri] };
  return read(await call(`${backend.url}/oauth/register`, { method: 'POST', body })) as Registered;
}

/** The address of the page; a parameter given as null is left out. */
export function authorizeUrl(
  backend: Backend,
  { client_id }: Registered,
  changes: Record<string, string | null> = {},
): string {
  const params: Record<string, string | null> = {
    response_type: 'code',
    client_id,
    redirect_uri: REDIRECT_URI,
    scope: 'read write',
    state: STATE,
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
    ...changes,
  };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) if (value !== null) query.set(name, value);
  return `${backend.url}/oauth/authorize?${query.toString()}`;
}

export async function allowedCode(backend: Backend, client: Registered): Promise<string> {
  const location = await answerConsent(authorizeUrl(backend, client), 'Allow');
  return new URL(location).searchParams.get('code') ?? '';
}

export function exchange(
  backend: Backend,
  client: Registered,
  code: string,
  changes: Record<string, string> = {},
): Promise<Reply> {
  return post(backend, '/oauth/token', {
    grant_type: 'authorization_code',
    code,
    redirect_uri: REDIRECT_URI,
    code_verifier: VERIFIER,
    ...credentials(client),
    ...changes,
  });
}

export function refresh(backend: Backend, client: Registered, refreshToken = ''): Promise<Reply> {
  return post(backend, '/oauth/token', {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    ...credentials(client),
  });
}

export function credentials({ client_id, client_secret }: Registered): Record<string, string> {
  return { client_id, ...(client_secret === undefined ? {} : { client_secret }) };
}

/** Through all of it: registration, consent and exchange. */
export async function signIn(backend: Backend): Promise<{ client: Registered; granted: Granted }> {
  const client = await register(backend);
  const granted = read(await exchange(backend, client, await allowedCode(backend, client))) as Granted;
  return { client, granted };
}
