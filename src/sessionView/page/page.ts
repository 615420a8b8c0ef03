import { html, nothing, render } from 'lit/html.js';
import type { FromPage, PageModel, ToPage } from '../pageModel';
import { detailOf } from './detail';
import { headerOf } from './header';
import { stepListOf } from './stepList';

interface Host {
  postMessage(message: FromPage): void;
  getState(): unknown;
  setState(state: Kept): void;
}

declare function acquireVsCodeApi(): Host;

/** What outlives the page: VS Code takes it away where it is hidden, and with a reload. */
interface Kept {
  readonly selected: string | null;
  readonly scrolled: number;
  readonly listScrolled: number | null;
}

const TICK_MS = 1000;

const host = acquireVsCodeApi();
let kept: Kept = {
  ...{ selected: null, scrolled: 0, listScrolled: null },
  ...(host.getState() as Partial<Kept> | undefined),
};
let model: PageModel | undefined;
let receivedAt = 0;
let said = '';
let isRestored = false;

const locale = document.documentElement.lang || 'en';
const root = document.body.appendChild(document.createElement('main'));
const listElement = () => root.querySelector('.step-list');

const post = (message: FromPage): void => host.postMessage(message);

const keep = (change: Partial<Kept>): void => {
  kept = { ...kept, ...change };
  host.setState(kept);
};

/** What happened since the last model, for those who do not see it. */
function newsOf(before: PageModel | undefined, now: PageModel): string {
  if (!before) return '';
  const known = new Map(before.steps.map(({ key, look }) => [key, look.label]));
  const news = now.steps.filter(({ key, look }) => known.get(key) !== look.label);
  const texts = news
    .slice(-3)
    .map(({ name, look, outcome }) => [name, look.label, outcome].filter(Boolean).join(', '));
  return [before.note === now.note ? '' : now.note, ...texts].filter(Boolean).join('. ');
}

function select(selected: string): void {
  if (kept.selected === selected) return;
  keep({ selected });
  host.postMessage({ type: 'select', selected });
  draw();
}

function draw(): void {
  if (!model) return;
  const { isLive, now, steps } = model;
  const shown = { ...model, now: isLive ? now + Date.now() - receivedAt : now, locale };
  const index = steps.findIndex(({ key }) => key === kept.selected);
  const go = (by: number) => {
    const step = steps[index + by];
    if (step) select(step.key);
    listElement()?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  };
  const outputs = () => [...root.querySelectorAll('pre')];
  const elsewhere = outputs().filter(
    ({ scrollTop, clientHeight, scrollHeight }) => scrollTop + clientHeight < scrollHeight - 4,
  );
  render(
    html`${headerOf(shown, post)} ${stepListOf(shown, kept.selected, select, go)}
      ${shown.detail ? detailOf(shown, shown.detail, index, post, go) : nothing}
      <div class="unseen" role="status">${said}</div>`,
    root,
  );
  // The end of an output is what matters, unless the user has gone elsewhere in it.
  for (const output of outputs()) if (!elsewhere.includes(output)) output.scrollTop = output.scrollHeight;
  if (!isRestored) restore();
}

function restore(): void {
  isRestored = true;
  const list = listElement();
  if (list) list.scrollTop = kept.listScrolled ?? list.scrollHeight;
  window.scrollTo(0, kept.scrolled);
  list?.addEventListener('scroll', () => keep({ listScrolled: list.scrollTop }), { passive: true });
}

window.addEventListener('scroll', () => keep({ scrolled: window.scrollY }), { passive: true });
window.addEventListener('message', ({ data }: MessageEvent<ToPage>) => {
  said = newsOf(model, data.model) || said;
  model = data.model;
  receivedAt = Date.now();
  document.title = model.title;
  if (!model.steps.some(({ key }) => key === kept.selected)) keep({ selected: model.selected });
  draw();
});
setInterval(() => {
  if (model?.isLive && model.steps.some(({ look }) => look.tone === 'run')) draw();
}, TICK_MS);
host.postMessage({ type: 'ready', selected: kept.selected });
