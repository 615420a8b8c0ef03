import http from 'node:http';
import https from 'node:https';
import { Agent, type AgentConnectOpts } from 'agent-base';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';

/**
 * What VS Code gives every request of an extension: an agent that logs the URL a microtask after the request was made,
 * and only then goes to the server, or to a proxy. It trusts any certificate, as VS Code's does not.
 */
export class LoggingAgent extends Agent {
  readonly urls: string[] = [];

  constructor(private readonly proxy?: string) {
    super();
  }

  override connect(request: http.ClientRequest, options: AgentConnectOpts): Promise<http.Agent> | http.Agent {
    const { secureEndpoint } = options;
    const protocol = secureEndpoint ? 'https:' : 'http:';
    this.urls.push(`${protocol}//${options.host}:${options.port}${request.path}`);
    if (this.proxy === undefined) return secureEndpoint ? https.globalAgent : http.globalAgent;
    const agent = secureEndpoint ? new HttpsProxyAgent(this.proxy) : new HttpProxyAgent(this.proxy);
    return agent.connect(request as never, options) as never;
  }
}

/** Gives every request of this process that agent, until the returned function is called. */
export function giveAgent(agent: Agent): () => void {
  const [plain, secure] = [http.request, https.request];
  const more = { agent, rejectUnauthorized: false };
  http.request = ((options: http.RequestOptions) => plain({ ...options, ...more })) as typeof http.request;
  https.request = ((options: http.RequestOptions) => secure({ ...options, ...more })) as typeof https.request;
  return () => {
    http.request = plain;
    https.request = secure;
  };
}
