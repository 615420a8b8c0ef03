import * as v from 'valibot';
import type { Log } from '../log';
import { clientSchema } from './account';
import type { SecretStore } from './secretStore';
import { ServerRecords } from './serverRecords';

/** A client as it was registered: servers know it by this one redirect URI alone. */
export type Registration = v.InferOutput<typeof registrationSchema>;

const registrationSchema = v.object({
  redirectUri: v.string(),
  /** Of the loopback listener behind the redirect URI, to be taken again. */
  port: v.optional(v.number()),
  client: clientSchema,
});

/** The registered clients of each server. */
export class ClientStore {
  private readonly records;

  constructor(secrets: SecretStore, log: Log) {
    const schema = v.object({ registrations: v.array(registrationSchema) });
    this.records = new ServerRecords(secrets, 'client', schema, log);
  }

  async list(base: string): Promise<Registration[]> {
    const kept = await this.records.get(base);
    return kept.ok ? (kept.value?.registrations ?? []) : [];
  }

  /** Takes the place of one with the same redirect URI; of those with a port, one is kept. */
  async put(base: string, registration: Registration): Promise<void> {
    const { redirectUri, port } = registration;
    const others = (await this.list(base)).filter(
      (each) => each.redirectUri !== redirectUri && (port === undefined || each.port === undefined),
    );
    await this.records.put(base, { registrations: [...others, registration] });
  }

  async remove(base: string, clientId: string): Promise<void> {
    const all = await this.list(base);
    const registrations = all.filter(({ client }) => client.id !== clientId);
    if (registrations.length === 0 && all.length > 0) await this.records.remove(base);
    else if (registrations.length < all.length) await this.records.put(base, { registrations });
  }
}
