import { beforeEach, expect, test } from 'vitest';
import { EventEmitter } from 'vscode';
import { VscodeWindowActivity } from '../../../src/vscode/windowActivity';
import { resetStandIn } from '../vscodeStandIn';

beforeEach(() => resetStandIn());

test('[F3] a view counts from when it is followed, and each change of it is told', () => {
  const windowActivity = new VscodeWindowActivity();
  const seen: boolean[] = [];
  const end = windowActivity.subscribe(() => seen.push(windowActivity.current().visible));
  expect(windowActivity.current()).toEqual({ focused: true, visible: false });
  const visibility = new EventEmitter<{ visible: boolean }>();
  const view = { visible: true, onDidChangeVisibility: visibility.event };
  const become = (visible: boolean) => {
    view.visible = visible;
    visibility.fire({ visible });
  };
  windowActivity.follow(view);
  become(false);
  become(true);
  end();
  become(false);
  expect(seen).toEqual([true, false, true]);
  windowActivity.dispose();
});
