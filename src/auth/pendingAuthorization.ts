import * as v from 'valibot';
import { Secret } from '../model/secret';
import { clientSchema, plainClient, secretSchema, type OAuthClient } from './oauthClient';
import type { AuthorizationRequest } from './oauthServer';
import type { SecretStore } from './secretStore';

/** What it takes to finish a request whose answer came to this window. */
export interface PendingAuthorization extends Pick<
  AuthorizationRequest,
  'redirectUri' | 'state' | 'verifier'
> {
  readonly client: OAuthClient;
  /** In ms since 1970. */
  readonly expiresAt: number;
}

const PREFIX = 'authorization:';

const stored = v.object({
  version: v.literal(1),
  redirectUri: v.string(),
  state: secretSchema,
  verifier: secretSchema,
  client: clientSchema,
  expiresAt: v.number(),
});

/** The last request of each server whose answer may come to any window: kept where all windows can read it. */
export class PendingAuthorizations {
  constructor(
    private readonly secrets: SecretStore,
    private readonly now: () => number = Date.now,
  ) {}

  async put(base: string, { state, verifier, client, ...rest }: PendingAuthorization): Promise<void> {
    const plain = {
      version: 1,
      ...rest,
      state: state.reveal(),
      verifier: verifier.reveal(),
      client: plainClient(client),
    };
    await this.secrets.store(PREFIX + base, JSON.stringify(plain));
  }

  /** The request with this state, once. */
  async take(base: string, state: string): Promise<PendingAuthorization | undefined> {
    const kept = await this.read(base);
    if (!kept?.state.equals(new Secret(state))) return undefined;
    await this.secrets.delete(PREFIX + base);
    return kept.expiresAt > this.now() ? kept : undefined;
  }

  /** Whether it was there: another window took it otherwise. */
  async remove(base: string, state: Secret): Promise<boolean> {
    const kept = await this.read(base);
    if (!kept?.state.equals(state)) return false;
    await this.secrets.delete(PREFIX + base);
    return true;
  }

  private async read(base: string): Promise<PendingAuthorization | undefined> {
    const text = await this.secrets.get(PREFIX + base);
    if (text === undefined) return undefined;
    try {
      const { client, ...kept } = v.parse(stored, JSON.parse(text));
      return { ...kept, client: { ...client, secret: client.secret } };
    } catch {
      return undefined;
    }
  }
}
