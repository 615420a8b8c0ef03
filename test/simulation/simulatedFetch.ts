import type { Interception } from './simulatedNetwork';
import type { World } from './world';

interface Reply {
  readonly status: number;
  readonly body?: string;
  readonly retryAfterMs?: number | undefined;
}

/** The REST half of the simulated server, as fetch gives it. */
export function simulatedFetch(current: () => World): typeof fetch {
  return async (input, init) => {
    const { network, server } = current();
    const { pathname, search } = new URL(input);
    const headers = init?.headers as { authorization: string };
    const token = headers.authorization.replace('Bearer ', '');
    const signal = init?.signal ?? undefined;
    const ask = (kind: 'list' | 'lookup' | 'me' | 'probe', answer: () => Reply) =>
      network.exchange(kind, token, signal, () => intercepted(network.restAnswers) ?? judged(answer));
    const judged = (answer: () => Reply): Reply => (server.accepts(token) ? answer() : { status: 401 });

    const missing = (): Reply => ({ status: 404, body: '{}' });
    if (server.listsOverChannel && pathname !== '/api/me') {
      const kind = search ? 'list' : 'probe';
      return response(
        await network.exchange(kind, token, signal, () => intercepted(network.restAnswers) ?? missing()),
      );
    }
    if (pathname === '/api/me') return response(await ask('me', () => ({ status: 200, body: '{"id":1}' })));
    if (pathname === '/api/sessions' && !search) {
      return response(await ask('probe', () => ({ status: 200, body: '{"data":[]}' })));
    }
    if (pathname === '/api/sessions') {
      let project = server.listedProject;
      const reply = await ask('list', () => {
        project = server.activeProject;
        return { status: 200, body: server.list() };
      });
      return response(reply, {
        next: () => network.nextPiece(signal),
        read: () => {
          if (reply.status === 200) server.listedProject = project;
        },
      });
    }
    const id = pathname.replace('/api/sessions/', '');
    const reply = ask('lookup', () => {
      const body = server.get(id);
      return body === undefined ? missing() : { status: 200, body };
    });
    network.onLookup(
      id,
      reply.then(
        ({ status }) => status === 200 && signal?.aborted !== true,
        () => false,
      ),
    );
    return response(await reply);
  };
}

function intercepted(answers: Interception[]): Reply | undefined {
  return answers.shift();
}

const encoder = new TextEncoder();

interface Pieces {
  /** Resolves when the second of two has come. */
  readonly next: () => Promise<void>;
  /** The client has taken them all. */
  readonly read: () => void;
}

/** What the client reads of a Response: a real one costs more than all the rest of a history. */
function response({ status, body = '', retryAfterMs }: Reply, inPieces?: Pieces): Response {
  const retryAfter = retryAfterMs === undefined ? null : String(retryAfterMs / 1000);
  const middle = inPieces ? body.length >> 1 : 0;
  const pieces = inPieces ? [body.slice(0, middle), body.slice(middle)] : [body];
  const read = async () => {
    if (pieces.length === 1) await inPieces?.next();
    if (pieces.length === 0) inPieces?.read();
    const piece = pieces.shift();
    return { value: encoder.encode(piece), done: piece === undefined };
  };
  return {
    status,
    ok: status >= 200 && status < 300,
    type: 'default',
    headers: { get: (name: string) => (name === 'retry-after' ? retryAfter : null) },
    body: {
      cancel: () => Promise.resolve(),
      getReader: () => ({ read, cancel: () => Promise.resolve() }),
    },
  } as unknown as Response;
}
