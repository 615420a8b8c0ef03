import { EventEmitter, window, type Disposable, type TreeView } from 'vscode';
import type { WindowActivity, WindowActivitySource } from '../model/windowActivity';

type View = Pick<TreeView<unknown>, 'visible' | 'onDidChangeVisibility'>;

/** Whether the window has the focus and the view that it follows is on screen. */
export class VscodeWindowActivity implements WindowActivitySource, Disposable {
  private readonly changed = new EventEmitter<void>();
  private readonly subscriptions: { dispose(): unknown }[] = [
    window.onDidChangeWindowState(() => this.changed.fire()),
    this.changed,
  ];
  private view: View | undefined;

  /** From now on this view counts too. */
  follow(view: View): void {
    this.view = view;
    this.subscriptions.push(view.onDidChangeVisibility(() => this.changed.fire()));
    this.changed.fire();
  }

  current(): WindowActivity {
    return { focused: window.state.focused, visible: this.view?.visible ?? false };
  }

  subscribe(listener: () => void): () => void {
    const subscription = this.changed.event(() => listener());
    return () => void subscription.dispose();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}
