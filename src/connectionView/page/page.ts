import { html, nothing, render } from 'lit/html.js';
import type { ConnectionModel, FromPage, ToPage } from '../pageModel';
import { idOf } from '../rules';
import { Chart } from './chart';
import { stateDetail, transitionDetail } from './detail';
import { transitionListOf } from './transitionList';

interface Host {
  postMessage(message: FromPage): void;
  getState(): unknown;
  setState(state: Kept): void;
}

declare function acquireVsCodeApi(): Host;

/** A state by its id, or a transition by its key. */
interface Subject {
  readonly kind: 'state' | 'transition';
  readonly key: string;
}

/** What outlives the page, which VS Code takes away where it is hidden. */
interface Kept {
  readonly chosen: Subject | undefined;
}

const host = acquireVsCodeApi();
let { chosen } = { chosen: undefined, ...(host.getState() as Partial<Kept> | undefined) };
let pointed: Subject | undefined;
let model: ConnectionModel | undefined;
let said = '';

const root = document.body.appendChild(document.createElement('main'));
const chart = new Chart({
  pointAt: (id) => pointAt('state', id),
  choose: (id) => choose({ kind: 'state', key: id }),
});

function pointAt(kind: Subject['kind'], key: string | undefined): void {
  pointed = key === undefined ? undefined : { kind, key };
  draw();
}

function choose(subject: Subject): void {
  // The key wins over a mouse that only rests there.
  pointed = undefined;
  chosen = subject;
  host.setState({ chosen });
  draw();
}

/** What is told of: what the mouse is over, else what was chosen, else the state that the list is in. */
function toldOf({ active, transitions }: ConnectionModel): Subject {
  const isThere = ({ kind, key }: Subject) =>
    kind === 'state' || transitions.some((transition) => transition.key === key);
  return (
    [pointed, chosen].find((each) => each !== undefined && isThere(each)) ?? {
      kind: 'state',
      key: active.at(-1) ?? '',
    }
  );
}

function draw(): void {
  if (!model) return;
  const { words, transitions } = model;
  const told = toldOf(model);
  const transition = told.kind === 'transition' ? transitions.find(({ key }) => key === told.key) : undefined;
  render(
    html`<header>
        <h1>
          <i
            class="codicon codicon-${model.icon} ${model.turns ? 'codicon-modifier-spin' : ''}"
            aria-hidden="true"
          ></i
          ><span>${words.title}: ${model.text}</span>
        </h1>
        <div class="actions" role="group" aria-label=${words.actions}>
          ${action('copyReport', 'copy', words.copyReport)} ${action('runDoctor', 'pulse', words.runDoctor)}
        </div>
        <p class="facts">${model.explanation}</p>
      </header>
      <dl class="counts-of-connection">
        ${model.facts.map(
          ({ label, value }) =>
            html`<div>
              <dt>${label}</dt>
              <dd class="number">${value}</dd>
            </div>`,
        )}
      </dl>
      <div class="parts">
        ${chart.element}
        <div class="beside">
          <div class="told" role="region" tabindex="0" aria-label=${words.details} lang="en">
            ${transition ? transitionDetail(transition) : stateDetail(told.key)}
          </div>
          ${transitionListOf(model, chosen?.kind === 'transition' ? chosen.key : undefined, {
            pointAt: (key) => pointAt('transition', key),
            choose: (key) => choose({ kind: 'transition', key }),
          })}
        </div>
      </div>
      <div class="unseen" role="status">${said || nothing}</div>`,
    root,
  );
  chart.light(model.active, transition ? idOf(transition.to, transition.ofLink) : told.key, words);
}

const action = (type: FromPage['type'], icon: string, label: string) =>
  html`<button class="button" @click=${() => host.postMessage({ type })}>
    <i class="codicon codicon-${icon}" aria-hidden="true"></i>${label}
  </button>`;

window.addEventListener('message', ({ data }: MessageEvent<ToPage>) => {
  const { text, explanation } = data.model;
  if (model && model.text !== text) said = `${text}. ${explanation}`;
  model = data.model;
  draw();
});
host.postMessage({ type: 'ready' });
