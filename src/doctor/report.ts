import { redact } from '../log';
import { parseServerAddress } from '../model/serverAddress';
import { adviceOf, firstFailure, type Localization } from './advice';
import type { Step } from './finding';

export interface ReportInput {
  readonly steps: readonly Step[];
  /** As typed. */
  readonly serverUrl: string;
  /** Of the extension, and of what it runs in. */
  readonly versions: readonly string[];
  readonly l10n: Localization;
}

/**
 * Markdown that can be pasted into a public issue: no token, no user, nothing of a session, and no host but the
 * server's own. The steps are in English for whoever reads the issue, the advice in the language of the user.
 */
export function report({ steps, serverUrl, versions, l10n }: ReportInput): string {
  const address = parseServerAddress(serverUrl);
  const first = firstFailure(steps);
  const lines = [
    '# CodeMySpec connection report',
    '',
    `- Versions: ${versions.join(', ')}`,
    `- Server: ${address.ok ? `\`${address.value.base}\`` : 'no usable address'}`,
    `- First failure: ${first?.name ?? 'none'}`,
    '',
    '| step | verdict | time | what was found |',
    '| --- | --- | --- | --- |',
    ...steps.map(
      ({ name, verdict, ms, detail }) =>
        `| ${name} | ${verdict} | ${ms === undefined ? '–' : `${ms} ms`} | ${detail} |`,
    ),
    '',
    `## ${l10n.t('What to do')}`,
    '',
    adviceOf(steps, l10n) ?? l10n.t('Nothing: the connection works.'),
    '',
    l10n.t(
      'This report contains no token, no user and nothing from your sessions. You can paste it into an issue.',
    ),
    '',
  ];
  return redact(lines.join('\n'));
}
