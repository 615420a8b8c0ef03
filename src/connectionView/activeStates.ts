/** Ids of the states that are active, outermost first; those of the connection only while one is at work. */
export function activeStates(values: Readonly<Record<string, unknown>>): string[] {
  const { connection, supervisor } = values;
  return supervisor === 'running' ? idsIn('connection', connection) : idsIn('supervisor', supervisor);
}

function idsIn(outer: string, value: unknown): string[] {
  if (typeof value === 'string') return [`${outer}.${value}`];
  return Object.entries(value ?? {}).flatMap(([key, inner]) => [
    `${outer}.${key}`,
    ...idsIn(`${outer}.${key}`, inner),
  ]);
}
