import fs from 'node:fs';
import path from 'node:path';

export interface Language {
  /** As VS Code names it: `de`. */
  readonly id: string;
  /** Words of the extension, where it has none in this language itself. */
  readonly words?: {
    readonly manifest: Readonly<Record<string, string>>;
    readonly source: Readonly<Record<string, string>>;
  };
}

/** Makes VS Code ready for windows in these languages; its own words stay English, since a pack has all of them. */
export function addLanguages(
  languages: readonly Language[],
  { userData, extensions }: { readonly userData: string; readonly extensions: string },
): void {
  if (languages.length === 0) return;
  const write = (file: string, content: object) => {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, JSON.stringify(content));
    return file;
  };
  const vscode = write(path.join(userData, 'pack.i18n.json'), { version: '1.0.0', contents: {} });
  const packs = languages.map(({ id }) => [
    id,
    {
      ...{ hash: id, label: id, translations: { vscode } },
      extensions: [{ extensionIdentifier: { id: `pack.${id}` }, version: '1.0.0' }],
    },
  ]);
  write(path.join(userData, 'languagepacks.json'), Object.fromEntries(packs) as object);
  // Without a language in it, that of the window counts.
  write(path.join(userData, 'User/argv.json'), {});
  const extension = fs.readdirSync(extensions).find((name) => name.startsWith('codemyspec.'));
  for (const { id, words } of languages) {
    if (!words) continue;
    if (extension === undefined) throw new Error('the extension is not installed');
    write(path.join(extensions, extension, `package.nls.${id}.json`), words.manifest);
    write(path.join(extensions, extension, 'l10n', `bundle.l10n.${id}.json`), words.source);
  }
}
