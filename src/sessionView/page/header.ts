import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { ActionShown, Fact, FromPage, PageModel } from '../pageModel';
import { durationText } from '../timeline';
import { iconOf } from './icon';

export type Drawn = PageModel & { readonly locale: string };
export type Post = (message: FromPage) => void;

/** Where the session stands, at one look. */
export function headerOf(model: Drawn, post: Post): TemplateResult {
  const { title, look, facts, note, words } = model;
  return html`<header>
    <h1>
      ${iconOf(look, model.isLive)}<span>${title}</span>
      ${look.label ? html`<span class="unseen">, ${look.label}</span>` : nothing}
    </h1>
    <div class="actions" role="group" aria-label=${words.actions}>
      ${model.actions.map((action) => actionOf(action, post))}
      <button class="button" @click=${() => post({ type: 'rawJson' })}>
        <i class="codicon codicon-json" aria-hidden="true"></i>${words.rawJson}
      </button>
      <button class="button" @click=${() => post({ type: 'openInBrowser' })}>
        <i class="codicon codicon-link-external" aria-hidden="true"></i>${words.openInBrowser}
      </button>
    </div>
    <p class="facts">${facts.map((fact) => html`<span>${factOf(fact, model, post)}</span>`)}</p>
    ${
      note
        ? html`<p class="note">
            <i class="codicon codicon-history" aria-hidden="true"></i><span>${note}</span>
          </p>`
        : nothing
    }
  </header>`;
}

/** One that is blocked can be reached all the same, and tells why: on hover, in focus and to screen readers. */
function actionOf({ name, icon, label, reason }: ActionShown, post: Post): TemplateResult {
  const isBlocked = reason !== '';
  const why = `why-not-${name}`;
  return html`<button
      class="button"
      title=${reason}
      aria-disabled=${isBlocked}
      aria-describedby=${isBlocked ? why : nothing}
      @click=${() => isBlocked || post({ type: 'act', action: name })}
    >
      <i class="codicon codicon-${icon}" aria-hidden="true"></i>${label}</button
    >${isBlocked ? html`<span class="why" id=${why}>${reason}</span>` : nothing}`;
}

function factOf(fact: Fact, { now, locale }: Drawn, post: Post): unknown {
  switch (fact.kind) {
    case 'text':
      return fact.text;
    case 'elapsed':
      return html`<span class="number">${durationText((fact.end ?? now) - fact.start, locale)}</span>`;
    case 'parent':
      return html`<button class="link" @click=${() => post({ type: 'parent' })}>${fact.text}</button>`;
  }
}
