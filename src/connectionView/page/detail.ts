import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { TransitionShown } from '../pageModel';
import { idOf, rulesOf, shortName, wayTaken } from '../rules';

/** What the rules say of a state. */
export function stateDetail(id: string): TemplateResult {
  const { description, ways } = rulesOf(id);
  return html`<h2>${shortName(id)}</h2>
    <p>${description}</p>
    ${
      ways.length > 0
        ? html`<ul>
            ${ways.map((way) => html`<li>${way}</li>`)}
          </ul>`
        : nothing
    }`;
}

/** The rule by which a transition was taken, and where it led. */
export function transitionDetail(transition: TransitionShown): TemplateResult {
  const { from, to, event, ofLink, reason } = transition;
  const id = idOf(to, ofLink);
  const way = wayTaken(transition);
  return html`<h2>${from} → ${to}</h2>
    <ul>
      ${way?.startsWith(event.replace(/^after\./, 'after ')) ? nothing : html`<li>${event}</li>`}
      ${way === undefined ? nothing : html`<li>${way}</li>`} ${reason ? html`<li>${reason}</li>` : nothing}
    </ul>
    ${id === undefined ? nothing : html`<p>${rulesOf(id).description}</p>`}`;
}
