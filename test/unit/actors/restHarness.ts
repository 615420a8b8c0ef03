import type { Api } from '../../../src/actors/restAccess';
import { ok, type Failure, type FailureKind } from '../../../src/model/failure';

export const failureOf = (kind: FailureKind): Failure => ({ kind, detail: `${kind} in a test` });

/** A server that knows nobody and has no sessions, unless told otherwise; `asked` is what it was asked, in order. */
export function restOf(more: Partial<{ [K in keyof Api]: Awaited<ReturnType<Api[K]>> }> = {}) {
  const asked: (keyof Api)[] = [];
  const noted = <T>(call: keyof Api, answer: T): Promise<T> => {
    asked.push(call);
    return Promise.resolve(answer);
  };
  const api: Api = {
    me: () => noted('me', more.me ?? ok(undefined)),
    list: () => noted('list', more.list ?? ok({ sessions: [], malformed: 0 })),
    get: () => noted('get', more.get ?? ok(undefined)),
    check: () => noted('check', more.check ?? ok(undefined)),
  };
  return { api, asked };
}
