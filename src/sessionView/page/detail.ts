import { html, nothing, type TemplateResult } from 'lit/html.js';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import { parseAnsi } from '../ansi';
import type { OutputShown, StepDetail } from '../pageModel';
import type { Drawn, Post } from './header';
import { iconOf } from './icon';

/** Command and result of the selected step. */
export function detailOf(
  { words, isLive, steps }: Drawn,
  detail: StepDetail,
  index: number,
  post: Post,
  go: (by: number) => void,
): TemplateResult {
  const { key, look, name, outcome, times, errorMessage, command, outputs, metadata } = detail;
  const action = (icon: string, title: string, act: () => void, isOff = false) =>
    html`<button class="action" title=${title} aria-label=${title} ?disabled=${isOff} @click=${act}>
      <i class="codicon codicon-${icon}" aria-hidden="true"></i>
    </button>`;
  return html`<section class="detail" aria-labelledby="step-name">
    <div class="line">
      ${iconOf(look, isLive)}
      <h2 id="step-name" tabindex="-1">${name}</h2>
      <span class="${look.tone}-text">${wordsOf(look.label, outcome)}</span>
      <span class="dim number">${times}</span>
      <span class="grow"></span>
      ${action('arrow-up', words.previousStep, () => go(-1), index <= 0)}
      ${action('arrow-down', words.nextStep, () => go(1), index >= steps.length - 1)}
    </div>
    ${errorMessage ? html`<p class="error bad-text">${errorMessage}</p>` : nothing}
    ${
      command
        ? html`<div class="command">
            <code>${command}</code>
            ${action('copy', words.copyCommand, () => post({ type: 'copyCommand', step: key }))}
            ${action('go-to-file', words.openCommand, () => post({ type: 'open', part: 'command', step: key }))}
          </div>`
        : nothing
    }
    ${repeat(
      outputs,
      ({ part }) => `${part} ${key}`,
      (output) => outputOf(output, words.openOutput, (part) => () => post({ type: 'open', part, step: key })),
    )}
    ${outputs.length === 0 && look.tone !== 'run' ? html`<p class="dim">${words.noOutput}</p>` : nothing}
    ${
      metadata.length > 0
        ? html`<details>
            <summary>${words.metadata} <span class="dim">· ${metadata.length}</span></summary>
            <dl>
              ${metadata.map(
                ([title, value]) =>
                  html`<dt>${title}</dt>
                    <dd>${value}</dd>`,
              )}
            </dl>
          </details>`
        : nothing
    }
  </section>`;
}

const wordsOf = (label: string, outcome: string): string =>
  outcome && outcome !== label ? `${label}, ${outcome}` : label;

function outputOf(
  { part, label, note, text }: OutputShown,
  openWord: string,
  opener: (part: 'stdout' | 'stderr') => () => void,
) {
  return html`<div class="output">
    <div class="line">
      <span id="label-${part}">${label}</span><span class="dim number">${note}</span
      ><span class="grow"></span>
      ${
        part === 'live'
          ? nothing
          : html`<button class="link" aria-label="${openWord}: ${label}" @click=${opener(part)}>
              ${openWord}
            </button>`
      }
    </div>
    <pre tabindex="0" role="region" aria-labelledby="label-${part}">
${guard([text], () => lookedAt(text))}</pre>
  </div>`;
}

const lookedAt = (text: string) =>
  parseAnsi(text).map(({ look, text: piece }) => (look ? html`<span class=${look}>${piece}</span>` : piece));
