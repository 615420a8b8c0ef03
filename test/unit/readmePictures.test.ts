import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectRoot } from '../vscode/projectRoot';

const MOST_BYTES = 120_000;
const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');
const shown = [...readme.matchAll(/!\[([^\]]*)\]\(media\/([^)]+)\)/g)].map(([, text, file]) => ({
  text: text!,
  file: file!,
}));

it('shows each picture once, with words in its place', () => {
  const taken = readdirSync(join(projectRoot, 'media')).filter((name) => /\.png$/.test(name));
  expect(shown.map(({ file }) => file).sort()).toEqual(taken.filter((name) => name !== 'icon.png').sort());
  expect(shown.filter(({ text }) => text.trim() === '')).toEqual([]);
});

it('has pictures of one size that load at once', () => {
  const pictures = shown.map(({ file }) => readFileSync(join(projectRoot, 'media', file)));
  // The first chunk of a PNG names its width and height.
  const sizes = pictures.map((picture) => `${picture.readUInt32BE(16)} x ${picture.readUInt32BE(20)}`);
  expect(new Set(sizes).size).toBe(1);
  expect(pictures.filter(({ length }) => length > MOST_BYTES)).toEqual([]);
});
