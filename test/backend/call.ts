import { request, type Agent, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

export interface CallOptions {
  method?: string;
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
  agent?: Agent;
}

/** One HTTP exchange, on a connection of its own unless an agent is given. */
export function call(url: string, options: CallOptions = {}): Promise<Reply> {
  const { method = 'GET', token, body, agent = false } = options;
  const headers: Record<string, string> = { ...options.headers };
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  return new Promise((resolve, reject) => {
    request(url, { method, headers, agent }, (response) => void readReply(response).then(resolve, reject))
      .on('error', reject)
      .end(body === undefined ? undefined : JSON.stringify(body));
  });
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
