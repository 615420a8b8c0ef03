import * as v from 'valibot';
import type { SecretStore } from './accountStore';
import { clientSchema, plainClient, type OAuthClient } from './oauthClient';

const PREFIX = 'client:';

const stored = v.object({ version: v.literal(1), redirectUri: v.string(), client: clientSchema });

/** The registered client of each server origin, good for the redirect URI that it was registered with. */
export class ClientStore {
  constructor(private readonly secrets: SecretStore) {}

  async get(origin: string, redirectUri: string): Promise<OAuthClient | undefined> {
    const text = await this.secrets.get(PREFIX + origin);
    if (text === undefined) return undefined;
    try {
      const kept = v.parse(stored, JSON.parse(text));
      return kept.redirectUri === redirectUri ? { ...kept.client, secret: kept.client.secret } : undefined;
    } catch {
      return undefined;
    }
  }

  async put(origin: string, redirectUri: string, client: OAuthClient): Promise<void> {
    const text = JSON.stringify({ version: 1, redirectUri, client: plainClient(client) });
    await this.secrets.store(PREFIX + origin, text);
  }

  async remove(origin: string): Promise<void> {
    await this.secrets.delete(PREFIX + origin);
  }
}
