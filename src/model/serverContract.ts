import * as v from 'valibot';

export const contractSchema = v.object({
  /** Whether the topic of a user bears the user's id. */
  topic: v.optional(v.picklist(['bare', 'withId'])),
  /** Where lists come from. */
  lists: v.optional(v.picklist(['rest', 'channel'])),
});

/** What of the wire contract differs from server to server, as far as it was found out. */
export type ServerContract = v.InferOutput<typeof contractSchema>;

/** Keeps plain values, by the server's base address. */
export interface ContractStore {
  get(base: string): unknown;
  set(base: string, contract: ServerContract): void;
}
