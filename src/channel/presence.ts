import { isObject } from './channelPushes';
import { MAX_ID_CHARS, MAX_PRESENT } from '../model/limits';
import type { Present } from '../model/present';

/**
 * Who is on a topic, by `presence_state` and `presence_diff`. Diffs may come before the state, which may never come:
 * they are taken at once, and once more on top of the state. phoenix's own takes keys for those of plain objects.
 */
export class Presence {
  /** The connections under each key. */
  private refs = new Map<string, Set<string>>();
  /** Those that left before the state came, which may still name them. */
  private readonly left = new Set<string>();
  private stateCame = false;
  private size = 0;
  private current: readonly Present[] = [];

  /** The same array until somebody comes or goes. */
  get present(): readonly Present[] {
    return this.current;
  }

  /** Takes a state whole; false where it is none. */
  sync(payload: unknown): boolean {
    if (!isObject(payload)) return false;
    const early = this.stateCame ? [] : [...this.refs].flatMap(([key, refs]) => pairs(key, refs));
    this.refs = new Map();
    this.size = 0;
    for (const [key, ref] of connectionsIn(payload)) if (!this.left.has(`${ref} ${key}`)) this.add(key, ref);
    for (const [key, ref] of early) this.add(key, ref);
    this.left.clear();
    this.stateCame = true;
    this.update();
    return true;
  }

  /** Takes a diff whole; false where it is none. */
  apply(payload: unknown): boolean {
    if (!isObject(payload)) return false;
    const { joins, leaves } = payload;
    if (!isObject(joins) || !isObject(leaves)) return false;
    for (const [key, ref] of connectionsIn(joins)) this.add(key, ref);
    for (const [key, ref] of connectionsIn(leaves)) this.remove(key, ref);
    this.update();
    return true;
  }

  private add(key: string, ref: string): void {
    const refs = this.refs.get(key) ?? new Set();
    if (refs.has(ref) || this.size >= MAX_PRESENT) return;
    this.refs.set(key, refs.add(ref));
    this.size += 1;
  }

  private remove(key: string, ref: string): void {
    const refs = this.refs.get(key);
    if (refs?.delete(ref)) this.size -= 1;
    if (refs?.size === 0) this.refs.delete(key);
    if (this.stateCame) return;
    this.left.add(`${ref} ${key}`);
    if (this.left.size <= MAX_PRESENT) return;
    for (const oldest of this.left) {
      this.left.delete(oldest);
      return;
    }
  }

  private update(): void {
    const next = [...this.refs].map(([key, { size }]) => ({ key, count: size }));
    const { current } = this;
    const same =
      next.length === current.length &&
      next.every(({ key, count }, n) => key === current[n]?.key && count === current[n].count);
    if (!same) this.current = next;
  }
}

/** Each key with the `phx_ref` of each of its metas; one without shares an empty one. */
function* connectionsIn(presences: Record<string, unknown>): Generator<[key: string, ref: string]> {
  for (const [key, presence] of Object.entries(presences)) {
    const metas = isObject(presence) ? presence.metas : undefined;
    if (key.length > MAX_ID_CHARS || !Array.isArray(metas)) continue;
    for (const meta of metas as unknown[]) {
      const ref = isObject(meta) ? meta.phx_ref : undefined;
      yield [key, typeof ref === 'string' ? ref.slice(0, MAX_ID_CHARS) : ''];
    }
  }
}

const pairs = (key: string, refs: ReadonlySet<string>) => [...refs].map((ref) => [key, ref] as const);
