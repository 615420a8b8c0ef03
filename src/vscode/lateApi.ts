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
    const api = here();
    if (api) return subscribe(api);
    let ending: Ending | undefined;
    let isEnded = false;
    void main.need().then((loaded) => {
      if (loaded.ok && !isEnded) ending = subscribe(loaded.value.api);
    });
    return Object.freeze({
      dispose: () => {
        isEnded = true;
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
