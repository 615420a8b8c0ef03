import { html, nothing, type TemplateResult } from 'lit/html.js';
import { repeat } from 'lit/directives/repeat.js';
import type { StepShown } from '../pageModel';
import { durationText, timelineOf, type Timeline } from '../timeline';
import type { Drawn } from './header';
import { iconOf } from './icon';

/** The steps with their durations on one scale: one stop of the tab key, arrows within. */
export function stepListOf(
  model: Drawn,
  selected: string | null,
  select: (key: string) => void,
  go: (by: number) => void,
): TemplateResult {
  const { steps, words, counts, earlier } = model;
  if (steps.length === 0) return html`<p class="dim empty">${model.title ? words.noSteps : nothing}</p>`;
  const timeline = timelineOf(steps.flatMap((step) => spanOf(step, model.now) ?? []));
  const index = steps.findIndex(({ key }) => key === selected);
  const toNextError = () => {
    const isError = ({ look }: StepShown) => look.tone === 'bad';
    const next = steps.findIndex((step, at) => at > index && isError(step));
    go((next >= 0 ? next : steps.findIndex(isError)) - index);
  };
  return html`<section class="timeline">
    <div class="columns axis">
      <span class="counts">
        ${counts.steps}${
          counts.errors
            ? html`<button class="link bad-text" title=${words.nextError} @click=${toNextError}>
                ${counts.errors}
              </button>`
            : nothing
        }
      </span>
      <span class="ticks number" aria-hidden="true">${ticksOf(timeline, model.locale)}</span>
      <span></span>
      <span class="duration" aria-hidden="true">${words.time}</span>
    </div>
    ${earlier ? html`<p class="dim earlier">${earlier}</p>` : nothing}
    <div
      class="step-list"
      role="listbox"
      tabindex="0"
      aria-label=${words.steps}
      aria-activedescendant=${index >= 0 ? `step-${index}` : nothing}
      @keydown=${(event: KeyboardEvent) => onKey(event, index, steps.length, go)}
    >
      ${repeat(
        steps,
        ({ key }) => key,
        (step, at) => stepOf(step, at, model, timeline, at === index, select),
      )}
    </div>
  </section>`;
}

function stepOf(
  step: StepShown,
  at: number,
  { now, isLive, locale }: Drawn,
  timeline: Timeline,
  isSelected: boolean,
  select: (key: string) => void,
): TemplateResult {
  const { look, name, outcome } = step;
  const span = spanOf(step, now);
  const isTimed = step.start !== step.end && (step.end !== null || look.tone === 'run');
  const duration = span && isTimed ? span.end - span.start : undefined;
  const spoken = duration === undefined ? '' : durationText(duration, locale, 'long');
  return html`<div
    class="columns step"
    id="step-${at}"
    role="option"
    aria-selected=${isSelected ? 'true' : 'false'}
    @mousedown=${() => select(step.key)}
    @click=${() => select(step.key)}
  >
    ${iconOf(look, isLive)}
    <span class="unseen"
      >${[name, look.label, outcome === look.label ? '' : outcome, spoken].filter(Boolean).join(', ')}</span
    >
    <span class="cut" title=${name} aria-hidden="true">${name}</span>
    <span class="track">
      ${timeline.folds.map((fold) => html`<s .style=${`left: ${percent(fold)}`}></s>`)}
      ${
        span
          ? html`<b
              class=${look.tone}
              .style=${`left: ${percent(timeline.at(span.start))}; width: ${percent(
                timeline.at(span.end) - timeline.at(span.start),
              )}`}
            ></b>`
          : nothing
      }
    </span>
    <span class="cut outcome ${look.tone}-text" title=${outcome} aria-hidden="true">${outcome}</span>
    <span class="duration number" aria-hidden="true">
      ${duration === undefined ? '' : durationText(duration, locale)}
    </span>
  </div>`;
}

/** A step without a time is not drawn on the scale; one that runs goes up to now. */
function spanOf({ start, end, look }: StepShown, now: number) {
  if (start === null) return undefined;
  return { start, end: Math.max(start, end ?? (look.tone === 'run' ? now : start)) };
}

function ticksOf({ ticks, length }: Timeline, locale: string): TemplateResult[] {
  const text = (ms: number) => (ms === 0 ? '0' : durationText(ms, locale));
  return [
    ...ticks.map(
      (tick, index) =>
        html`<i class=${index % 2 === 1 ? 'odd' : ''} .style=${`left: ${percent(tick / (length || 1))}`}
          >${text(tick)}</i
        >`,
    ),
    html`<i class="end">${text(length)}</i>`,
  ];
}

const percent = (share: number): string => `${(share * 100).toFixed(2)}%`;

function onKey(event: KeyboardEvent, index: number, length: number, go: (by: number) => void): void {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const steps: Record<string, number> = {
    ArrowDown: Math.min(1, length - 1 - index),
    ArrowUp: index > 0 ? -1 : 0,
    Home: -index,
    End: length - 1 - index,
  };
  const by = steps[event.key];
  if (event.key === 'Enter') document.getElementById('step-name')?.focus();
  else if (by === undefined) return;
  else go(by);
  event.preventDefault();
}
