/** What a route answers; a string body goes out as plain text, without a content type. */
export interface RestResponse {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
  /** What was asked for is done, and the connection is cut before the client hears of it. */
  lost?: true;
}

export function data(body: unknown, status = 200): RestResponse {
  return { status, body: { data: body } };
}

export const BAD_REQUEST = detail(400, 'Bad Request');
export const ROUTE_NOT_FOUND = detail(404, 'Not Found');
export const SESSION_NOT_FOUND: RestResponse = { status: 404, body: 'Not Found' };
export const NOT_ACCEPTABLE = detail(406, 'Not Acceptable');
export const SERVER_ERROR = detail(500, 'Internal Server Error');

export function detail(status: number, text: string): RestResponse {
  return { status, body: { errors: { detail: text } } };
}

export function invalid(errors: Record<string, string[]>): RestResponse {
  return { status: 422, body: { errors } };
}

export function unauthorized(host: string, error: string, description: string): RestResponse {
  return {
    status: 401,
    body: { error, error_description: description },
    headers: {
      'www-authenticate': `Bearer realm="http://${host}/mcp", error="${error}", error_description="${description}"`,
    },
  };
}
