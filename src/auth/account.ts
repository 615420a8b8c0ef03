import * as v from 'valibot';
import type { Secret } from '../model/secret';
import { clientSchema, plainClient, secretSchema, type OAuthClient } from './oauthClient';

/** Somebody who signed in to one server. */
export interface Account {
  /** New for each sign-in, and the same for every token that comes of it. */
  readonly id: string;
  readonly userId: string | undefined;
  /** As the Accounts menu shows it. */
  readonly label: string;
  readonly credentials: Credentials;
}

/** How the account gets its tokens; each kind has its own way to renew them. */
export type Credentials = PastedToken | OAuthTokens;

export interface PastedToken {
  readonly kind: 'pasted';
  readonly accessToken: Secret;
}

export interface OAuthTokens extends TokenGrant {
  readonly kind: 'oauth';
  /** The client that got them: a refresh token is good for no other. */
  readonly client: OAuthClient;
  /** One more with each refresh, so that a window can tell an older copy from a newer. */
  readonly revision: number;
}

/** What a token endpoint gave; times in ms since 1970. */
export interface TokenGrant {
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
  readonly issuedAt: number;
  readonly expiresAt: number | undefined;
}

const credentialsSchema = v.variant('kind', [
  v.object({ kind: v.literal('pasted'), accessToken: secretSchema }),
  v.object({
    kind: v.literal('oauth'),
    accessToken: secretSchema,
    refreshToken: v.optional(secretSchema),
    issuedAt: v.number(),
    expiresAt: v.optional(v.number()),
    client: clientSchema,
    revision: v.number(),
  }),
]);

const stored = v.object({
  version: v.literal(2),
  id: v.string(),
  userId: v.optional(v.string()),
  label: v.string(),
  credentials: credentialsSchema,
});

/** The text for the secret storage; the one place where a stored token is plain. */
export function writeAccount({ credentials, ...account }: Account): string {
  return JSON.stringify({ version: 2, ...account, credentials: plainCredentials(credentials) });
}

/** Undefined where the text is none of ours. */
export function readAccount(text: string): Account | undefined {
  try {
    const { id, userId, label, credentials } = v.parse(stored, JSON.parse(text));
    return { id, userId, label, credentials: withAbsences(credentials) };
  } catch {
    return undefined;
  }
}

/** Of two copies of one account, the one with the higher revision is newer. */
export function revisionOf({ credentials }: Account): number {
  return credentials.kind === 'oauth' ? credentials.revision : 0;
}

function plainCredentials(credentials: Credentials): object {
  const accessToken = credentials.accessToken.reveal();
  if (credentials.kind === 'pasted') return { ...credentials, accessToken };
  return {
    ...credentials,
    accessToken,
    refreshToken: credentials.refreshToken?.reveal(),
    client: plainClient(credentials.client),
  };
}

function withAbsences(read: v.InferOutput<typeof credentialsSchema>): Credentials {
  if (read.kind === 'pasted') return read;
  const { refreshToken, expiresAt, client } = read;
  return { ...read, refreshToken, expiresAt, client: { ...client, secret: client.secret } };
}
