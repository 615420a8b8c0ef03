const fs = require('node:fs');
const path = require('node:path');
const ts = require('typescript');
const { Compilation, DefinePlugin, optimize, sources } = require('webpack');
const ALLOWED_LICENCES = require('./test/allowedLicences.json');

const MAX_BYTES = 220_000;
/** Of the one file that runs in a browser. */
const MAX_BYTES_IN_BROWSER = 370_000;
const NOTICES = 'THIRD_PARTY_NOTICES.txt';

/** Writes down the licence of each package that is bundled; one without a licence that is allowed fails the build. */
const thirdPartyNotices = (folders) => ({
  apply: (compiler) =>
    compiler.hooks.thisCompilation.tap(NOTICES, (compilation) =>
      compilation.hooks.processAssets.tap(
        { name: NOTICES, stage: Compilation.PROCESS_ASSETS_STAGE_ADDITIONAL },
        () => {
          addBundledPackages(folders, compilation);
          const text = [...folders]
            .sort()
            .map(noticeOf)
            .join(`\n${'-'.repeat(80)}\n\n`);
          compilation.emitAsset(NOTICES, new sources.RawSource(text));
        },
      ),
    ),
});

/** The folder of each. */
function addBundledPackages(folders, { chunks, chunkGraph }) {
  // Its runtime is part of every bundle.
  folders.add(path.dirname(require.resolve('webpack/package.json')));
  for (const chunk of chunks) {
    for (const module of chunkGraph.getChunkModules(chunk)) {
      for (const { resource = '' } of module.modules ?? [module]) {
        const folder = /^.*[\\/]node_modules[\\/](@[^\\/]+[\\/])?[^\\/]+/.exec(resource)?.[0];
        if (folder) folders.add(folder);
      }
    }
  }
}

function noticeOf(folder) {
  const { name, version, license } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const files = fs.readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)\b/i.test(file));
  if (files.length === 0) throw new Error(`${name} is bundled and has no licence`);
  if (!ALLOWED_LICENCES.includes(license)) throw new Error(`${name} is bundled under ${license}`);
  const texts = files.map((file) => fs.readFileSync(path.join(folder, file), 'utf8').trim());
  return [`${name} ${version} (${license})`, ...texts].join('\n\n') + '\n';
}

/** The machines say what each state is to their readers and their charts; nothing that runs needs it. */
const withoutDescriptions = (context) => (file) => {
  if (!/[\\/]machines[\\/]\w+\.ts$/.test(file.fileName)) return file;
  const visit = (node) =>
    ts.isPropertyAssignment(node) && node.name.getText(file) === 'description'
      ? undefined
      : ts.visitEachChild(node, visit, context);
  return ts.visitNode(file, visit);
};

const TYPESCRIPT = {
  test: /\.ts$/,
  exclude: /node_modules/,
  loader: 'ts-loader',
  options: {
    transpileOnly: true,
    compilerOptions: { noEmit: false },
    getCustomTransformers: () => ({ before: [withoutDescriptions] }),
  },
};

const common = (mode, maxBytes = MAX_BYTES) => ({
  devtool: mode === 'production' ? 'hidden-source-map' : 'source-map',
  optimization: {
    splitChunks: false,
    minimizeOptions: {
      javascript: { ecma: 2022, compress: { passes: 3, keep_fargs: false, unsafe_arrows: true } },
    },
  },
  performance: {
    hints: mode === 'production' ? 'error' : false,
    maxAssetSize: maxBytes,
    maxEntrypointSize: maxBytes,
    assetFilter: (name) => name.endsWith('.js'),
  },
  stats: 'errors-warnings',
  infrastructureLogging: { level: 'warn' },
});

/** Adds the packages of this bundle to the notices of the extension, which is built after it. */
const noticedIn = (folders) => ({
  apply: ({ hooks }) =>
    hooks.thisCompilation.tap(NOTICES, (compilation) =>
      compilation.hooks.afterSeal.tap(NOTICES, () => addBundledPackages(folders, compilation)),
    ),
});

/** The extension, the same for an editor that runs only in a browser, and the pages of its views. */
module.exports = (_env, { mode }) => {
  const folders = new Set();
  const output = { path: path.join(__dirname, 'dist') };
  return [
    {
      ...common(mode),
      dependencies: ['page', 'browser'],
      target: 'node20',
      entry: { extension: './src/extension.ts' },
      output: {
        ...output,
        filename: '[name].js',
        // What is loaded only when it is needed, by name.
        chunkFilename: '[name].js',
        library: { type: 'commonjs2' },
        clean: { keep: /\.vsix$|^(browser|sessionView|connectionView|codicon)\./ },
      },
      plugins: [
        thirdPartyNotices(folders),
        // ws without its native add-ons: an empty module in their place would fail at the first longer frame.
        new DefinePlugin({
          'process.env.WS_NO_BUFFER_UTIL': '"1"',
          'process.env.WS_NO_UTF_8_VALIDATE': '"1"',
        }),
      ],
      externals: { vscode: 'commonjs vscode' },
      resolve: {
        extensions: ['.ts', '.js'],
        alias: {
          // The client alone: its servers are not needed.
          ws$: path.join(path.dirname(require.resolve('ws/package.json')), 'lib/websocket.js'),
        },
      },
      module: { rules: [TYPESCRIPT] },
    },
    {
      ...common(mode),
      name: 'page',
      target: 'web',
      // With each the files beside the bundle, which the page names itself.
      entry: {
        sessionView: [
          './src/sessionView/page/page.ts',
          './src/sessionView/page/sessionView.css',
          require.resolve('@vscode/codicons/dist/codicon.css'),
          require.resolve('@vscode/codicons/dist/codicon.ttf'),
        ],
        connectionView: ['./src/connectionView/page/page.ts', './src/connectionView/page/connectionView.css'],
      },
      output: { ...output, filename: '[name].js', publicPath: '' },
      plugins: [noticedIn(folders)],
      resolve: { extensions: ['.ts', '.js'] },
      module: {
        rules: [
          TYPESCRIPT,
          { test: /\.(css|ttf)$/, type: 'asset/resource', generator: { filename: '[name][ext]' } },
        ],
      },
    },
    {
      ...common(mode, MAX_BYTES_IN_BROWSER),
      name: 'browser',
      target: 'webworker',
      entry: { browser: './src/extension.ts' },
      output: { ...output, filename: '[name].js', library: { type: 'commonjs2' } },
      plugins: [
        noticedIn(folders),
        // A web extension host loads one file.
        new optimize.LimitChunkCountPlugin({ maxChunks: 1 }),
        new DefinePlugin({
          'process.platform': '"browser"',
          'process.arch': '"worker"',
          'process.env': '({})',
        }),
      ],
      externals: { vscode: 'commonjs vscode' },
      // Where a file uses Node, the one of the same name for browsers takes its place.
      resolve: { extensions: ['.browser.ts', '.ts', '.js'] },
      module: { rules: [TYPESCRIPT] },
    },
  ];
};
