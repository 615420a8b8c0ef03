import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import ALLOWED from './allowedLicences.json';

/** A place where the compiler is told instead of asked; `unknown` alone takes nothing from it. */
const MAX_UNCHECKED = 6;

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly license?: string; readonly dev?: boolean; readonly link?: boolean }>
  >;
}

/** Packages that are installed with the extension under a licence that is not allowed, or none; the build looks at all that is bundled. */
export function refusedLicences({ packages }: Lock): string[] {
  return Object.entries(packages)
    .filter(([path, { dev, link }]) => path !== '' && !dev && !link)
    .filter(([, { license }]) => license === undefined || !ALLOWED.includes(license))
    .map(([path, { license }]) => `${path} (${license ?? 'no licence'})`);
}

/** Each `any`, `as never`, `as unknown as` and `!` after a value, as `line: text`. */
export function uncheckedTypes(text: string): string[] {
  const source = ts.createSourceFile('it.ts', text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    if (isUnchecked(node)) found.push(`${line + 1}: ${node.getText(source).slice(0, 60)}`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isUnchecked(node: ts.Node): boolean {
  if (node.kind === ts.SyntaxKind.AnyKeyword || ts.isNonNullExpression(node)) return true;
  if (!ts.isAsExpression(node)) return false;
  const { expression, type } = node;
  return (
    type.kind === ts.SyntaxKind.NeverKeyword ||
    (ts.isAsExpression(expression) && expression.type.kind === ts.SyntaxKind.UnknownKeyword)
  );
}

function complaints(root: string): string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  const files = ['src', 'machines'].flatMap((folder) => ts.sys.readDirectory(join(root, folder), ['.ts']));
  const unchecked = files.flatMap((file) =>
    uncheckedTypes(readFileSync(file, 'utf8')).map((place) => `${relative(root, file)}:${place}`),
  );
  return [
    ...refusedLicences(lock).map((refused) => `This licence is not allowed: ${refused}`),
    ...(unchecked.length > MAX_UNCHECKED
      ? [`${unchecked.length} places escape the types, of ${MAX_UNCHECKED} at most:`, ...unchecked]
      : []),
  ];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const found = complaints(join(import.meta.dirname, '..'));
  if (found.length > 0) process.stderr.write(`${found.join('\n')}\n`);
  process.exitCode = found.length > 0 ? 1 : 0;
}
