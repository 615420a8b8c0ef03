import * as v from 'valibot';
import { Secret } from '../model/secret';
import { userIdOfToken } from '../model/userId';
import type { TokenCheck } from './checkToken';

export const secretSchema = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.transform((value) => new Secret(value)),
);

/** This extension as one server knows it (RFC 7591). */
export type OAuthClient = v.InferOutput<typeof clientSchema>;

export const clientSchema = v.object({
  id: v.pipe(v.string(), v.nonEmpty()),
  secret: v.optional(secretSchema),
  /** Where the server wants the secret (RFC 6749 §2.3.1). */
  authentication: v.picklist(['body', 'header']),
});

type PersonalAccessToken = v.InferOutput<typeof personalAccessTokenSchema>;

const personalAccessTokenSchema = v.object({
  kind: v.pipe(
    // Version 0.1.0 wrote `pasted`.
    v.picklist(['personalAccessToken', 'pasted']),
    v.transform(() => 'personalAccessToken' as const),
  ),
  accessToken: secretSchema,
});

/** What a token endpoint granted (RFC 6749 §5.1); times in ms since 1970. */
export type OAuthTokens = v.InferOutput<typeof oauthTokensSchema>;

const oauthTokensSchema = v.object({
  kind: v.literal('oauth'),
  accessToken: secretSchema,
  refreshToken: v.optional(secretSchema),
  issuedAt: v.number(),
  expiresAt: v.optional(v.number()),
  /** Whom they were granted to: a refresh token is good for no other. */
  client: clientSchema,
  /** One more with each refresh, so that a window can tell an older copy from a newer. */
  revision: v.number(),
});

export type Credentials = PersonalAccessToken | OAuthTokens;

/** A user who signed in to one server. */
export type Account = v.InferOutput<typeof accountSchema>;

export const accountSchema = v.object({
  /** New for each sign-in, and the same for every token that comes of it. */
  id: v.string(),
  userId: v.optional(v.string()),
  /** Their e-mail address; empty where the server does not tell it. */
  label: v.string(),
  credentials: v.union([personalAccessTokenSchema, oauthTokensSchema]),
});

/** The account that begins with a sign-in. */
export function accountOf(credentials: Credentials, check: TokenCheck): Account {
  const me = check.outcome === 'accepted' ? check.me : undefined;
  return {
    id: crypto.randomUUID(),
    userId: me?.id ?? userIdOfToken(credentials.accessToken),
    label: me?.email ?? '',
    credentials,
  };
}

/** Of two copies of one account, the one with the higher revision is newer. */
export function revisionOf({ credentials }: Account): number {
  return credentials.kind === 'oauth' ? credentials.revision : 0;
}

/** Whether a token can stand in an `Authorization` header (`b64token`, RFC 6750 §2.1). */
export function isBearerToken(token: string): boolean {
  return /^[\w.~+/-]{1,8192}=*$/.test(token);
}
