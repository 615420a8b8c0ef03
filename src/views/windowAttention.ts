import { window, type TreeView } from 'vscode';
import type { AttentionSource } from '../model/attention';

/** Whether the window has the focus and the sessions view is on screen; the view is first read at `current()`. */
export function windowAttention(
  view: () => Pick<TreeView<unknown>, 'visible' | 'onDidChangeVisibility'>,
): AttentionSource {
  return {
    current: () => ({ focused: window.state.focused, visible: view().visible }),
    subscribe: (listener) => {
      const focus = window.onDidChangeWindowState(() => listener());
      const visibility = view().onDidChangeVisibility(() => listener());
      return () => {
        focus.dispose();
        visibility.dispose();
      };
    },
  };
}
