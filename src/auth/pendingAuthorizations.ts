import * as v from 'valibot';
import type { Log } from '../log';
import { clientSchema, secretSchema } from './account';
import type { SecretStore } from './secretStore';
import { ServerRecords } from './serverRecords';

/** A request for authorization (RFC 6749 §4.1.1): what it takes to finish it; good for one response. */
export type AuthorizationRequest = v.InferOutput<typeof requestSchema>;

const requestSchema = v.object({
  client: clientSchema,
  redirectUri: v.string(),
  state: secretSchema,
  /** RFC 7636. */
  verifier: secretSchema,
});

/** The last request of each server whose response may come to any window: kept where all windows can read it. */
export class PendingAuthorizations {
  private readonly records;

  constructor(secrets: SecretStore, log: Log) {
    const schema = v.object({ ...requestSchema.entries, expiresAt: v.number() });
    this.records = new ServerRecords(secrets, 'authorization', schema, log);
  }

  /** `expiresAt` in ms since 1970. */
  async put(base: string, request: AuthorizationRequest, expiresAt: number): Promise<void> {
    await this.records.put(base, { ...request, expiresAt });
  }

  /** The request with this state, once; undefined where there is none, another window took it, or its time is over. */
  async take(base: string, state: string): Promise<AuthorizationRequest | undefined> {
    const kept = await this.records.get(base);
    if (!kept.ok || kept.value?.state.reveal() !== state) return undefined;
    await this.records.remove(base);
    return kept.value.expiresAt > Date.now() ? kept.value : undefined;
  }
}
