/** Text from outside as part of a message: VS Code makes links of `[text](address)`, which may be of commands too. */
export const messageText = (text: string): string => text.replaceAll('](', ']\u200b(');

/** The same for an item of a quick pick, where `$(name)` is an icon. */
export const pickText = (text: string): string => text.replaceAll('$(', '$\u200b(');
