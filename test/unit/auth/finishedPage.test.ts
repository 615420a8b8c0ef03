import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { finishedPage } from '../../../src/auth/vscode/finishedPage';

it('[X5] the page of a finished sign-in has the one style that its policy allows', () => {
  const host = { isInBrowser: false, uriScheme: 'vscode', appName: 'VS Code' };
  const { html, styleHash } = finishedPage(host, 'codemyspec.codemyspec');
  const [, style] = /<style>([^<]*)<\/style>/.exec(html) ?? [];
  expect(styleHash).toBe(`sha256-${createHash('sha256').update(style!).digest('base64')}`);
  expect(html).not.toMatch(/ style=|<script/);
});
