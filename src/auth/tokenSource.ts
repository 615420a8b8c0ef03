import type { TokenSource } from '../core';
import { messageOf } from '../log';
import { answered, failed } from '../model/failure';
import type { AccountStore } from './accountStore';

/** The stored token of the account, read anew for each attempt. A pasted token cannot be renewed. */
export function accountTokenSource(accounts: Pick<AccountStore, 'get'>): TokenSource {
  return {
    async get({ address }) {
      try {
        const account = await accounts.get(address.origin);
        return answered(account && { token: account.credentials.accessToken });
      } catch (error) {
        return failed({
          kind: 'unreachable',
          detail: `the secret storage could not be read: ${messageOf(error)}`,
        });
      }
    },
  };
}
