const path = require('node:path');

const MAX_BYTES = 220_000;

module.exports = (_env, { mode }) => ({
  target: 'node',
  entry: './src/extension.ts',
  output: {
    path: path.join(__dirname, 'dist'),
    filename: 'extension.js',
    // What is loaded only when it is needed, by name.
    chunkFilename: '[name].js',
    library: { type: 'commonjs2' },
  },
  devtool: mode === 'production' ? 'hidden-source-map' : 'source-map',
  optimization: { splitChunks: false },
  externals: { vscode: 'commonjs vscode' },
  resolve: {
    extensions: ['.ts', '.js'],
    // Native add-ons that ws uses where they are installed.
    alias: { bufferutil: false, 'utf-8-validate': false },
  },
  module: {
    rules: [
      {
        test: /\.ts$/,
        exclude: /node_modules/,
        loader: 'ts-loader',
        options: { transpileOnly: true, compilerOptions: { noEmit: false } },
      },
    ],
  },
  performance: {
    hints: mode === 'production' ? 'error' : false,
    maxAssetSize: MAX_BYTES,
    maxEntrypointSize: MAX_BYTES,
    assetFilter: (name) => name.endsWith('.js'),
  },
  stats: 'errors-warnings',
  infrastructureLogging: { level: 'warn' },
});
