import { createRequire } from 'node:module';
import { join } from 'node:path';
import webpack, { type Configuration } from 'webpack';

const root = join(import.meta.dirname, '../..');

/**
 * The contenders as the extension is shipped, but for the shortening of names: what runs TypeScript while it is
 * developed adds work of its own to each function. Returns the file.
 */
export async function bundleContender(folder: string): Promise<string> {
  const build = createRequire(import.meta.url)(join(root, 'webpack.config.js')) as (
    env: undefined,
    args: { mode: string },
  ) => Configuration[];
  const { target, resolve, module } = build(undefined, { mode: 'production' })[0]!;
  const compiler = webpack({
    mode: 'production',
    context: root,
    ...{ target, resolve, module },
    optimization: { minimize: false, splitChunks: false },
    entry: './test/bench/contender.ts',
    output: { path: folder, filename: 'contender.js', chunkFilename: '[name].js' },
    performance: { hints: false },
  } as Configuration);
  const stats = await new Promise<webpack.Stats | undefined>((done, fail) =>
    compiler.run((error, made) => (error ? fail(error) : done(made))),
  );
  if (!stats || stats.hasErrors()) throw new Error(stats?.toString('errors-only'));
  await new Promise((done) => compiler.close(done));
  return join(folder, 'contender.js');
}
