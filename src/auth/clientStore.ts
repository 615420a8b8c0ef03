import * as v from 'valibot';
import type { SecretStore } from './secretStore';
import { clientSchema, plainClient, type OAuthClient } from './oauthClient';

/** A client as it was registered: servers know it by this one redirect URI alone. */
export interface Registration {
  readonly redirectUri: string;
  /** Of the loopback listener behind the redirect URI, to be taken again. */
  readonly port: number | undefined;
  readonly client: OAuthClient;
}

const PREFIX = 'client:';

const stored = v.object({
  version: v.literal(2),
  registrations: v.array(
    v.object({ redirectUri: v.string(), port: v.optional(v.number()), client: clientSchema }),
  ),
});

/** The registered clients of each server, by its base address. */
export class ClientStore {
  constructor(private readonly secrets: SecretStore) {}

  async list(base: string): Promise<Registration[]> {
    const text = await this.secrets.get(PREFIX + base);
    if (text === undefined) return [];
    try {
      const { registrations } = v.parse(stored, JSON.parse(text));
      return registrations.map(({ redirectUri, port, client }) => ({
        redirectUri,
        port,
        client: { ...client, secret: client.secret },
      }));
    } catch {
      return [];
    }
  }

  /** Takes the place of one with the same redirect URI; of those with a port, one is kept. */
  async put(base: string, registration: Registration): Promise<void> {
    const { redirectUri, port } = registration;
    const others = (await this.list(base)).filter(
      (each) => each.redirectUri !== redirectUri && (port === undefined || each.port === undefined),
    );
    await this.write(base, [...others, registration]);
  }

  async remove(base: string, clientId: string): Promise<void> {
    const all = await this.list(base);
    const others = all.filter(({ client }) => client.id !== clientId);
    if (others.length < all.length) await this.write(base, others);
  }

  private async write(base: string, registrations: readonly Registration[]): Promise<void> {
    if (registrations.length === 0) return this.secrets.delete(PREFIX + base);
    await this.secrets.store(
      PREFIX + base,
      JSON.stringify({
        version: 2,
        registrations: registrations.map((each) => ({ ...each, client: plainClient(each.client) })),
      }),
    );
  }
}
