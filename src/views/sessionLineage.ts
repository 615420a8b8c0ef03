/** Which of the sessions that are shown began which; a parent may be told of late, be another one later, and be none. */
export class SessionLineage {
  private readonly parents = new Map<string, string>();
  private readonly children = new Map<string, Set<string>>();

  /** Whether that is news. */
  set(id: string, parent: string | null): boolean {
    const before = this.parents.get(id);
    if (before === (parent ?? undefined)) return false;
    const siblings = before === undefined ? undefined : this.children.get(before);
    siblings?.delete(id);
    if (before !== undefined && siblings?.size === 0) this.children.delete(before);
    if (parent === null) {
      this.parents.delete(id);
      return true;
    }
    this.parents.set(id, parent);
    const begun = this.children.get(parent);
    if (begun) begun.add(id);
    else this.children.set(parent, new Set([id]));
    return true;
  }

  /** Undefined for one that began itself, too. */
  parentOf(id: string): string | undefined {
    const parent = this.parents.get(id);
    return parent === id ? undefined : parent;
  }

  /** Those whose place hangs on this one: what it began, and what these began. */
  *below(id: string): Iterable<string> {
    for (const child of this.children.get(id) ?? []) {
      yield child;
      yield* this.children.get(child) ?? [];
    }
  }
}
