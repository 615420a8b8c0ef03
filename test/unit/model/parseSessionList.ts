import { SessionListParser, type SessionList } from '../../../src/model/parseSession';

/** Reads `{data: [session]}`; undefined where the body is no list at all. Unreadable elements are counted. */
export function parseSessionList(body: unknown): SessionList | undefined {
  const elements = (body as { data?: unknown } | null | undefined)?.data;
  if (!Array.isArray(elements)) return undefined;
  const parser = new SessionListParser();
  for (const element of elements as unknown[]) parser.add(element);
  return parser.list();
}
