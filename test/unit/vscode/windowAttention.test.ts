import { beforeEach, expect, test } from 'vitest';
import { EventEmitter } from 'vscode';
import { WindowAttention } from '../../../src/vscode/windowAttention';
import { forget } from '../vscodeStandIn';

beforeEach(() => forget());

test('[F3] a view counts from when it is followed, and each change of it is told', () => {
  const attention = new WindowAttention();
  const seen: boolean[] = [];
  const end = attention.subscribe(() => seen.push(attention.current().visible));
  expect(attention.current()).toEqual({ focused: true, visible: false });
  const visibility = new EventEmitter<{ visible: boolean }>();
  const view = { visible: true, onDidChangeVisibility: visibility.event };
  const become = (visible: boolean) => {
    view.visible = visible;
    visibility.fire({ visible });
  };
  attention.follow(view);
  become(false);
  become(true);
  end();
  become(false);
  expect(seen).toEqual([true, false, true]);
  attention.dispose();
});
