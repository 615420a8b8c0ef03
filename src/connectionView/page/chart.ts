import type { Words } from '../pageModel';
import { shortName, SVG } from '../rules';

export interface ChartListeners {
  /** The mouse is over that state; over none where it is undefined. */
  readonly pointAt: (id: string | undefined) => void;
  readonly choose: (id: string) => void;
}

/** The states as boxes: one stop of the Tab key, from where arrow keys lead. */
export class Chart {
  readonly element = document.createElement('div');
  private readonly states: readonly SVGElement[];

  constructor({ pointAt, choose }: ChartListeners) {
    this.element.className = 'chart';
    this.element.innerHTML = SVG;
    this.states = [...this.element.querySelectorAll<SVGElement>('.state')];
    this.element.addEventListener('pointerover', ({ target }) => pointAt(stateAt(target)?.id));
    this.element.addEventListener('pointerleave', () => pointAt(undefined));
    this.element.addEventListener('click', ({ target }) => stateAt(target)?.focus());
    this.element.addEventListener('focusin', ({ target }) => {
      const state = stateAt(target);
      if (!state) return;
      this.stopAt(state);
      choose(state.id);
    });
    this.element.addEventListener('keydown', (event) => this.onKey(event));
  }

  /** Lights the states that are active, and frames the one that is told of. */
  light(active: readonly string[], told: string | undefined, words: Words): void {
    this.element.firstElementChild?.setAttribute('aria-label', words.states);
    for (const state of this.states) {
      const isActive = active.includes(state.id);
      state.classList.toggle('active', isActive);
      state.classList.toggle('told', state.id === told);
      const name = shortName(state.id);
      state.setAttribute('aria-label', isActive ? `${name}, ${words.active}` : name);
      if (isActive) state.setAttribute('aria-current', 'true');
      else state.removeAttribute('aria-current');
    }
    if (!this.states.some(({ tabIndex }) => tabIndex === 0))
      this.stopAt(this.states.find(({ id }) => id === active.at(-1)) ?? this.states[0]);
  }

  private stopAt(stop: SVGElement | undefined): void {
    for (const state of this.states) state.tabIndex = state === stop ? 0 : -1;
  }

  private onKey(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const index = this.states.findIndex((state) => state === event.target);
    const last = this.states.length - 1;
    const next: Record<string, number> = {
      ...{ ArrowDown: Math.min(last, index + 1), ArrowRight: Math.min(last, index + 1) },
      ...{ ArrowUp: Math.max(0, index - 1), ArrowLeft: Math.max(0, index - 1) },
      ...{ Home: 0, End: last },
    };
    const state = this.states[next[event.key] ?? -1];
    if (!state) return;
    state.focus();
    event.preventDefault();
  }
}

const stateAt = (target: EventTarget | null): SVGElement | null =>
  target instanceof Element ? target.closest<SVGElement>('.state') : null;
