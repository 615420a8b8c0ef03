import { request, type Agent, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as requestTls } from 'node:https';

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export interface CallOptions {
  method?: string;
  token?: string;
  body?: unknown;
  /** Sent as a web form instead of JSON. */
  form?: Record<string, string>;
  /** A certificate to trust besides the usual ones. */
  ca?: string;
  headers?: Record<string, string>;
  agent?: Agent;
}

/** One HTTP exchange, on a connection of its own unless an agent is given. */
export function call(url: string, options: CallOptions = {}): Promise<Reply> {
  const { method = 'GET', token, agent = false, ca } = options;
  const headers: Record<string, string> = { ...options.headers };
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  if (options.form) headers['content-type'] = 'application/x-www-form-urlencoded';
  else if (options.body !== undefined) headers['content-type'] = 'application/json';
  return new Promise((resolve, reject) => {
    const take = (response: IncomingMessage) => void readReply(response).then(resolve, reject);
    const settings = { method, headers, agent };
    const sent = url.startsWith('https:')
      ? requestTls(url, { ...settings, ...(ca === undefined ? {} : { ca }) }, take)
      : request(url, settings, take);
    sent
      .on('error', reject)
      .end(options.form ? new URLSearchParams(options.form).toString() : json(options.body));
  });
}

function json(body: unknown): string | undefined {
  return body === undefined ? undefined : JSON.stringify(body);
}

export function readReply(response: IncomingMessage): Promise<Reply> {
  return new Promise((resolve, reject) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => (text += chunk));
    response.on('error', reject);
    response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
  });
}
