import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseSession, parseId } from '../../../src/model/parseSession';
import { parseSessionList } from './parseSessionList';

interface Line {
  rest?: string;
  status?: number;
  body?: unknown;
  recv?: [string | null, string | null, string, string, unknown];
}

/** What real servers of each generation sent goes through the parser, and nothing of it is lost. */
describe.each(['g1', 'g2', 'g3'])('recording of %s', (generation) => {
  const lines = readFileSync(`test/backend/wire/${generation}.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);

  const raws = lines.flatMap(({ rest, status, body, recv }) => {
    if (recv) {
      const [, , , event, payload] = recv;
      const response = (payload as { response?: { data?: unknown } }).response?.data;
      if (Array.isArray(response)) return response as unknown[];
      if (/^session_(created|updated)$/.test(event)) return [(payload as { data?: unknown }).data ?? payload];
      return [];
    }
    if (!rest?.includes('/api/sessions') || !status || status >= 300) return [];
    const { data } = body as { data: unknown };
    return Array.isArray(data) ? (data as unknown[]) : [data];
  }) as Record<string, unknown>[];

  it('has sessions', () => {
    expect(raws.length).toBeGreaterThan(3);
  });

  it('loses no field and invents none', () => {
    for (const raw of raws) {
      const parsed = parseSession(raw) as Record<string, unknown> | undefined;
      expect(parsed).toBeDefined();
      const { environment_type, ...expected } = raw;
      const ids = ['id', 'project_id', 'account_id', 'user_id', 'component_id', 'session_id'];
      for (const key of ids) {
        const id = expected[key] as string | number | null | undefined;
        if (id != null) expected[key] = String(id);
      }
      expected.type = String(raw.type).split('.').at(-1);
      expected.environment ??= environment_type;
      for (const key of ['project', 'component']) {
        const inner = expected[key] as { id: unknown } | null | undefined;
        if (inner) expected[key] = { ...inner, id: String(inner.id) };
      }
      expect(withoutEmptyDefaults(parsed)).toEqual(withoutEmptyDefaults(expected));
    }
  });

  it('reads every list and every deletion', () => {
    for (const { rest, status, body, recv } of lines) {
      if (rest?.startsWith('GET /api/sessions?status[]') && status === 200) {
        expect(parseSessionList(body)).toMatchObject({ malformed: 0 });
      }
      if (recv?.[3] === 'session_deleted') expect(parseId(recv[4])).toBeTruthy();
    }
  });
});

/** Interactions, commands and results get the fields they lack as null; elsewhere absent stays absent. */
function withoutEmptyDefaults(value: unknown): unknown {
  const session = structuredClone(value) as { interactions?: Record<string, Record<string, unknown>>[] };
  for (const interaction of session.interactions ?? []) {
    for (const part of [interaction, interaction.command, interaction.result]) {
      for (const key of Object.keys(part ?? {})) if (part?.[key] === null) Reflect.deleteProperty(part, key);
    }
  }
  return session;
}
