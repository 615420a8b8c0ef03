import * as v from 'valibot';
import { Secret } from '../model/secret';

/** This extension as one server knows it. */
export interface OAuthClient {
  readonly id: string;
  readonly secret: Secret | undefined;
  /** Where the server wants the secret. */
  readonly authentication: 'body' | 'header';
}

export const secretSchema = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.transform((value) => new Secret(value)),
);

export const clientSchema = v.object({
  id: v.pipe(v.string(), v.nonEmpty()),
  secret: v.optional(secretSchema),
  authentication: v.picklist(['body', 'header']),
});

/** For the secret storage alone: the secret is plain in it. */
export function plainClient({ id, secret, authentication }: OAuthClient): object {
  return { id, secret: secret?.reveal(), authentication };
}
