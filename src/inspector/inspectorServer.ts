import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInspector, type StatelyInspectionEvent } from '@statelyai/inspect';
import { WebSocketServer, type WebSocket } from 'ws';
import type { InspectionEvent } from 'xstate';
import { withoutContents } from './withoutContents';

export interface InspectorServer {
  /** Of the page, on this computer alone. */
  readonly url: string;
  readonly inspect: (inspected: InspectionEvent) => void;
  readonly stop: () => void;
}

const MOST_BYTES_WAITING = 16_000_000;

/**
 * Stately's inspector, for whoever works on the machines: a page on this computer that shows them in a frame of
 * stately.ai. Nothing leaves this process before that page is opened. The package's own server would listen on every
 * network and answer every site.
 */
export async function startInspectorServer(): Promise<InspectorServer> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8').end(PAGE);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pages = new WebSocketServer({
    server,
    verifyClient: ({ origin }: { origin: string }) => origin === url,
  });
  const running = new Map<string, RunningActor>();
  pages.on('connection', (page) => {
    for (const { actor, snapshot } of running.values()) {
      page.send(actor);
      if (snapshot !== undefined) page.send(snapshot);
    }
  });
  const inspector = createInspector({
    send: (event) => {
      const message = JSON.stringify(event);
      follow(running, event, message);
      for (const page of pages.clients) sendTo(page, message);
    },
  });
  return {
    url,
    inspect: (inspected) => {
      const bare = withoutContents(inspected);
      if (bare) inspector.inspect.next?.(bare);
    },
    stop: () => {
      for (const page of pages.clients) page.terminate();
      server.close();
      server.closeAllConnections();
    },
  };
}

/** What a page that is opened later is told of an actor. */
interface RunningActor {
  readonly actor: string;
  readonly snapshot?: string;
}

function follow(running: Map<string, RunningActor>, event: StatelyInspectionEvent, message: string): void {
  const { sessionId } = event;
  if (event.type === '@xstate.actor') running.set(sessionId, { actor: message });
  else if (event.type === '@xstate.snapshot') {
    const known = running.get(sessionId);
    const ended = event.event.type === 'xstate.stop' || event.snapshot.status !== 'active';
    if (ended) running.delete(sessionId);
    else if (known) running.set(sessionId, { ...known, snapshot: message });
  } else if (event.event.type.startsWith('xstate.error.actor.') && event.sourceId !== undefined) {
    running.delete(event.sourceId);
  }
}

function sendTo(page: WebSocket, message: string): void {
  if (page.bufferedAmount > MOST_BYTES_WAITING) page.terminate();
  else page.send(message);
}

const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>CodeMySpec: inspector</title>
<style>html, body, iframe { margin: 0; border: 0; width: 100%; height: 100% } body { overflow: hidden }</style>
<iframe src="https://stately.ai/inspect"></iframe>
<script>
  const frame = document.querySelector('iframe');
  const waiting = [];
  let origin;
  const show = (message) => {
    if (origin) frame.contentWindow.postMessage(message, origin);
    else waiting.push(message);
  };
  addEventListener('message', (event) => {
    if (event.source !== frame.contentWindow || event.data?.type !== '@statelyai.connected') return;
    origin = event.origin;
    waiting.splice(0).forEach(show);
  });
  new WebSocket(location.origin.replace('http', 'ws')).onmessage = ({ data }) => show(JSON.parse(data));
</script>
`;
