// Runs in the page: everything that the tests read off the workbench, in one look.
'use strict';
globalThis.readWorkbench = function () {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const isVisible = (element) => element.getClientRects().length > 0;
  const textOf = (element) => (element?.textContent ?? '').replace(/\s+/g, ' ').trim();
  const labelOf = (element) => element?.getAttribute('aria-label') ?? '';
  const textAt = (selector, root) => textOf(root.querySelector(selector));
  const iconsOf = (element) =>
    all('.codicon', element).flatMap((icon) =>
      [...icon.classList].filter((name) => name.startsWith('codicon-')).map((name) => name.slice(8)),
    );
  const namesOf = (buttons) => buttons.filter(isVisible).map((button) => textOf(button) || labelOf(button));
  const indexOf = (row) => Number(row.getAttribute('data-index') ?? 0);

  const readRow = (row) => ({
    level: Number(row.getAttribute('aria-level') ?? 1),
    text: textAt('.label-name', row) || textOf(row),
    description: textAt('.label-description', row),
    expanded: row.hasAttribute('aria-expanded') ? row.getAttribute('aria-expanded') === 'true' : undefined,
    selected: row.classList.contains('selected'),
    ariaLabel: labelOf(row),
    icons: iconsOf(row).filter((icon) => !icon.startsWith('tree-item')),
    index: indexOf(row),
  });

  const readView = (pane) => {
    const welcome = all('.welcome-view-content', pane).find(isVisible);
    return {
      name: textAt('.pane-header .title', pane),
      description: textAt('.pane-header .description', pane),
      message: textOf(all('.tree-explorer-viewlet-tree-view .message', pane).find(isVisible)),
      welcome: welcome ? all(':scope > *', welcome).map(textOf).filter(Boolean).join('\n') : '',
      welcomeButtons: welcome ? namesOf(all('.monaco-button', welcome)) : [],
      rows: all('.monaco-list-row', pane)
        .filter(isVisible)
        .sort((one, other) => indexOf(one) - indexOf(other))
        .map(readRow),
    };
  };

  const kindOf = (item) => {
    if (item.classList.contains('error-kind')) return 'error';
    return item.classList.contains('warning-kind') ? 'warning' : 'standard';
  };

  const readStatusBarItem = (item) => ({
    id: item.id,
    text: textOf(item),
    ariaLabel: labelOf(item.querySelector('.statusbar-item-label')) || labelOf(item),
    icons: iconsOf(item),
    kind: kindOf(item),
  });

  const readNotification = (toast) => ({
    severity: iconsOf(toast.querySelector('.notification-list-item-icon')?.parentElement ?? toast)[0] ?? '',
    text: textAt('.notification-list-item-message', toast),
    buttons: namesOf(all('.notification-list-item-buttons-container .monaco-button', toast)),
  });

  const readDialog = (dialog) => ({
    message: textAt('.dialog-message-text', dialog),
    detail: textAt('.dialog-message-detail', dialog),
    buttons: namesOf(all('.dialog-buttons .monaco-button', dialog)),
  });

  const readQuickInput = (widget) => {
    const input = widget.querySelector('input.input');
    return {
      title: textAt('.quick-input-title', widget),
      message: textAt('.quick-input-message', widget),
      placeholder: input?.getAttribute('placeholder') ?? '',
      value: input?.value ?? '',
      password: input?.getAttribute('type') === 'password',
      items: all('.quick-input-list .monaco-list-row', widget)
        .filter(isVisible)
        .sort((one, other) => indexOf(one) - indexOf(other))
        .map((row) => textAt('.label-name', row) || textOf(row)),
    };
  };

  const dialog = all('.monaco-dialog-box').find(isVisible);
  const quickInput = all('.quick-input-widget').find(isVisible);
  return {
    views: all('.pane').filter(isVisible).map(readView),
    statusBar: all('.statusbar-item').filter(isVisible).map(readStatusBarItem),
    notifications: all('.notification-toast, .notifications-center .notification-list-item')
      .filter(isVisible)
      .map(readNotification),
    dialog: dialog && readDialog(dialog),
    quickInput: quickInput && readQuickInput(quickInput),
    hover: textOf(all('.monaco-hover, .workbench-hover').find(isVisible)),
    editors: all('.tabs-container .tab').filter(isVisible).map(textOf),
  };
};
