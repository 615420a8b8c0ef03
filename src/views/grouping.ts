import { l10n } from 'vscode';
import { isEnded, KNOWN_STATUSES, type Session } from '../model/session';
import { plainText } from '../model/plainText';
import type { Need } from './attention';
import { sessionPresentation } from './sessionStatus';

/** How the tree puts sessions together, and which of them it shows. */
export interface Arrangement {
  readonly grouping: Grouping;
  /** Words that a session must hold, each of them, and `@` with a status that it must have. */
  readonly filter: string;
}

export const GROUPINGS = ['attention', 'status', 'project', 'component', 'none'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export const DEFAULT_ARRANGEMENT: Arrangement = { grouping: 'attention', filter: '' };

/** A group of the tree. `key` is its own among those of one grouping, and bounded: the ids of rows hold it. */
export interface Group {
  readonly key: string;
  readonly label: () => string;
  /** Groups of a lower rank come first, equal ones by label. */
  readonly rank: number;
  readonly startsCollapsed?: boolean;
  /** Who waits for longest comes first. */
  readonly oldestFirst?: boolean;
}

const MAX_KEY_LENGTH = 64;
export function groupOf(grouping: Grouping, session: Session, need: Need | undefined): Group {
  switch (grouping) {
    case 'attention':
      return byAttention(session, need);
    case 'status':
      return byStatus(session, KNOWN_STATUSES.indexOf(session.status as never));
    case 'project':
      return byName('project', session.project_id, session.project?.name, () => l10n.t('No project'));
    case 'component':
      return byName('component', session.component_id, session.component?.name, () => l10n.t('No component'));
    case 'none':
      return { key: 'all', label: () => '', rank: 0 };
  }
}

/** Whether the session is shown under this filter; text is found in any letter case. */
export function passes(filter: string, session: Session): boolean {
  if (filter === '') return true;
  const { status, component, project, type, display_name, id } = session;
  const text = [component?.name, project?.name, display_name, type, id, status]
    .map((part) => (part ?? '').slice(0, 1000))
    .join('\n')
    .toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) =>
      word.startsWith('@') ? (status ?? '').toLowerCase().startsWith(word.slice(1)) : text.includes(word),
    );
}

function byAttention(session: Session, need: Need | undefined): Group {
  if (need) return { key: 'needsYou', label: () => l10n.t('Needs You'), rank: 0, oldestFirst: true };
  if (session.status === 'active') return { key: 'running', label: () => l10n.t('Running'), rank: 1 };
  if (isEnded(session)) return { key: 'finished', label: () => l10n.t('Finished'), rank: 2 };
  return byStatus(session, 3);
}

function byStatus(session: Session, place: number): Group {
  const status = (session.status ?? '').slice(0, MAX_KEY_LENGTH);
  const rank = place < 0 ? KNOWN_STATUSES.length : place;
  const startsCollapsed = isEnded(session);
  return {
    key: `status/${status}`,
    label: () => sessionPresentation(session.status).label,
    rank,
    startsCollapsed,
  };
}

function byName(kind: string, id: string | null, name: string | null | undefined, none: () => string): Group {
  const label = () => plainText(name ?? '', 60) || (id === null ? none() : plainText(`#${id}`, 60));
  return { key: `${kind}/${(id ?? '').slice(0, MAX_KEY_LENGTH)}`, label, rank: id === null ? 1 : 0 };
}
