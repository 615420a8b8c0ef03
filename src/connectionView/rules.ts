import chart from './chart.json';

/** What the machines say of their states, for the page: as machines/README.md has it. */

interface StateRules {
  readonly description: string;
  /** What leads elsewhere, such as `after grace: → polling.waiting`. */
  readonly ways: readonly string[];
}

const STATES: Readonly<Partial<Record<string, StateRules>>> = chart.states;

export const SVG = chart.svg.join('');

/** Without what is the same for all states of a connection, such as `link.open.joined`. */
export const shortName = (id: string): string => id.replace(/^connection\.(active\.)?|^supervisor\./, '');

export const rulesOf = (id: string): StateRules => STATES[id] ?? { description: '', ways: [] };

/** The id of a state by the name that a transition has for it. */
export function idOf(name: string, ofLink: boolean): string | undefined {
  const outers = ofLink ? ['connection.active.link'] : ['connection.active.sync', 'connection', 'supervisor'];
  return outers.map((outer) => `${outer}.${name}`).find((id) => id in STATES);
}

interface Taken {
  readonly from: string;
  readonly to: string;
  readonly event: string;
  readonly ofLink: boolean;
}

/**
 * What the table says of that event in that state, in one inside of it or in one around it; else of what the machine
 * raised itself to get there, such as `link.down`.
 */
export function wayTaken({ from, to, event, ofLink }: Taken): string | undefined {
  const id = idOf(from, ofLink);
  if (id === undefined) return undefined;
  const near = Object.keys(STATES).filter((each) => each.startsWith(`${id}.`) || id.startsWith(`${each}.`));
  const ways = [id, ...near.reverse()].flatMap((each) => rulesOf(each).ways);
  const start = `${event.replace(/^after\./, 'after ')}: `;
  return (
    ways.find((way) => way.startsWith(start)) ??
    ways.find((way) => way.startsWith('link.') && way.includes(`→ ${to}`))
  );
}
