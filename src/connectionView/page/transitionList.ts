import { html, nothing, type TemplateResult } from 'lit/html.js';
import { repeat } from 'lit/directives/repeat.js';
import type { ConnectionModel, TransitionShown } from '../pageModel';

export interface ListListeners {
  readonly pointAt: (key: string | undefined) => void;
  readonly choose: (key: string) => void;
}

/** The last transitions, newest first: each state that ended with how long it lasted. */
export function transitionListOf(
  { transitions, words }: ConnectionModel,
  chosen: string | undefined,
  { pointAt, choose }: ListListeners,
): TemplateResult {
  if (transitions.length === 0)
    return html`<section class="transitions"><p class="dim">${words.noTransitions}</p></section>`;
  const index = transitions.findIndex(({ key }) => key === chosen);
  return html`<section class="transitions">
    <h2 id="transitions">${words.transitions}</h2>
    <div
      class="transition-list"
      role="listbox"
      tabindex="0"
      aria-labelledby="transitions"
      aria-activedescendant=${index >= 0 ? `transition-${index}` : nothing}
      @keydown=${(event: KeyboardEvent) => onKey(event, index, transitions, choose)}
      @pointerleave=${() => pointAt(undefined)}
    >
      ${repeat(
        transitions,
        ({ key }) => key,
        (each, at) => transitionOf(each, at, at === index, words, { pointAt, choose }),
      )}
    </div>
  </section>`;
}

function transitionOf(
  { key, time, ofLink, from, to, event, duration, share, reason, spoken }: TransitionShown,
  at: number,
  isChosen: boolean,
  words: ConnectionModel['words'],
  { pointAt, choose }: ListListeners,
): TemplateResult {
  return html`<div
    class="transition"
    id="transition-${at}"
    role="option"
    aria-selected=${isChosen ? 'true' : 'false'}
    @pointerenter=${() => pointAt(key)}
    @click=${() => choose(key)}
  >
    <span class="unseen">${spoken}</span>
    <span class="number time" aria-hidden="true">${time}</span>
    <i
      class="codicon codicon-${ofLink ? 'plug' : 'list-tree'}"
      title=${ofLink ? words.link : words.list}
      aria-hidden="true"
    ></i>
    <span class="what" aria-hidden="true" lang="en"
      ><span class="names">${from} → ${to}</span>
      <span class="dim"> ${event}</span>
      ${reason ? html`<span class="reason">${reason}</span>` : nothing}</span
    >
    <span class="lasted" aria-hidden="true">
      <span class="number">${duration}</span>
      <span class="track"><b .style=${`width: ${(share * 100).toFixed(1)}%`}></b></span>
    </span>
  </div>`;
}

function onKey(
  event: KeyboardEvent,
  index: number,
  transitions: readonly TransitionShown[],
  choose: (key: string) => void,
): void {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const last = transitions.length - 1;
  const next: Record<string, number> = {
    ...{ ArrowDown: Math.min(last, index + 1), ArrowUp: Math.max(0, index - 1) },
    ...{ Home: 0, End: last },
  };
  const to = next[event.key];
  const transition = to === undefined ? undefined : transitions[to];
  if (!transition) return;
  choose(transition.key);
  document.getElementById(`transition-${to}`)?.scrollIntoView({ block: 'nearest' });
  event.preventDefault();
}
