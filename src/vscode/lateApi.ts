import type { CodeMySpecApi, CodeMySpecConnection } from './codeMySpecApi';
import type { Late } from './late';

type Ending = ReturnType<CodeMySpecApi['onSessionsUpdate']>;

/** What other extensions get. Whatever they ask is a need of the extension; until it is there, it knows of nothing. */
export function lateApi(main: Late<{ readonly api: CodeMySpecApi }>): CodeMySpecApi {
  const nothingYet: CodeMySpecConnection = Object.freeze({
    ...{ state: 'disconnected', isLive: false, since: Date.now(), syncedAt: undefined },
  });
  const here = (): CodeMySpecApi | undefined => {
    if (!main.here) void main.need();
    return main.here?.api;
  };
  const subscribed = (subscribe: (api: CodeMySpecApi) => Ending): Ending => {
    here();
    let ending: Ending | undefined;
    const stopWaiting = main.whenHere(({ api }) => (ending = subscribe(api)));
    return Object.freeze({
      dispose: () => {
        stopWaiting();
        ending?.dispose();
      },
    });
  };
  return Object.freeze<CodeMySpecApi>({
    apiVersion: 1,
    get connectionState() {
      return here()?.connectionState ?? nothingYet;
    },
    onConnectionState: (listener) => subscribed((api) => api.onConnectionState(listener)),
    getAllSessions: () => here()?.getAllSessions() ?? [],
    onSessionsUpdate: (listener) => subscribed((api) => api.onSessionsUpdate(listener)),
    onSessionUpdate: (id, listener) => subscribed((api) => api.onSessionUpdate(id, listener)),
    refreshSessions: async () => {
      const loaded = await main.need();
      return loaded.ok ? loaded.value.api.refreshSessions() : nothingYet;
    },
  });
}
