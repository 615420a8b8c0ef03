import type { Log } from '../log';
import { accountSchema, type Account } from './account';
import type { SecretStore } from './secretStore';
import { ServerRecords } from './serverRecords';

/** One account for each server. */
export class AccountStore extends ServerRecords<Account> {
  constructor(secrets: SecretStore, log: Log) {
    super(secrets, 'account', accountSchema, log);
  }
}
