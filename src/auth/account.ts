import * as v from 'valibot';
import { Secret } from '../model/secret';

/** Somebody who signed in to one server. */
export interface Account {
  /** New for each sign-in. */
  readonly id: string;
  readonly userId: string | undefined;
  /** As the Accounts menu shows it. */
  readonly label: string;
  readonly credentials: Credentials;
}

/** How the account gets its tokens; each kind has its own way to renew them. */
export type Credentials = { readonly kind: 'pasted'; readonly accessToken: Secret };

const secret = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.transform((value) => new Secret(value)),
);

const stored = v.object({
  version: v.literal(1),
  id: v.string(),
  userId: v.optional(v.string()),
  label: v.string(),
  credentials: v.variant('kind', [v.object({ kind: v.literal('pasted'), accessToken: secret })]),
});

/** The text for the secret storage; the one place where a stored token is plain. */
export function writeAccount({ credentials, ...account }: Account): string {
  return JSON.stringify({
    version: 1,
    ...account,
    credentials: { ...credentials, accessToken: credentials.accessToken.reveal() },
  });
}

/** Undefined where the text is none of ours. */
export function readAccount(text: string): Account | undefined {
  try {
    const { id, userId, label, credentials } = v.parse(stored, JSON.parse(text));
    return { id, userId, label, credentials };
  } catch {
    return undefined;
  }
}
