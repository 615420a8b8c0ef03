import { html, type TemplateResult } from 'lit/html.js';
import type { Look } from '../pageModel';

/** What runs turns only while that is known to be so. */
export function iconOf({ icon, tone }: Look, isLive: boolean): TemplateResult {
  const turns = icon === 'loading' && isLive ? 'codicon-modifier-spin' : '';
  return html`<i class="codicon codicon-${icon} ${tone} ${turns}" aria-hidden="true"></i>`;
}
