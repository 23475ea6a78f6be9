// Programs that bundle ./program.mjs, each by a bundler of its own, into the file that the first argument names; the others
// are packages that stay outside.

const start = 'const [output, ...external] = process.argv.slice(2);\n';

export const bundlers = {
  esbuild: `import { build } from 'esbuild';
    ${start}
    const common = { bundle: true, platform: 'node', external, logLevel: 'error' };
    await build({ ...common, entryPoints: ['program.mjs'], outfile: output });`,

  rollup: `import { rollup } from 'rollup';
    import commonjs from '@rollup/plugin-commonjs';
    import nodeResolve from '@rollup/plugin-node-resolve';
    ${start}
    const plugins = [nodeResolve({ preferBuiltins: true }), commonjs()];
    const bundle = await rollup({ input: 'program.mjs', external, plugins, onwarn() {} });
    await bundle.write({ file: output, format: 'es', inlineDynamicImports: true });`,

  vite: `import path from 'node:path';
    import { build } from 'vite';
    ${start}
    const outDir = path.dirname(output);
    await build({
      logLevel: 'error',
      ssr: { noExternal: external.length === 0 ? true : undefined, external },
      build: { ssr: 'program.mjs', outDir, rollupOptions: { output: { entryFileNames: path.basename(output) } } },
    });`,

  webpack: `import path from 'node:path';
    import webpack from 'webpack';
    ${start}
    const externals = Object.fromEntries(external.map((name) => [name, 'commonjs ' + name]));
    const config = { mode: 'production', target: 'node', entry: './program.mjs', externals };
    const to = { path: path.resolve(path.dirname(output)), filename: path.basename(output) };
    webpack({ ...config, output: to }, (error, stats) => {
      if (error ?? stats.hasErrors()) throw error ?? new Error(stats.toString());
    });`,
};

/** A test for jest or vitest, of a project with `ca.pem`, `cert.pem` and `key.pem`. */
export const spec = `
  const { readFileSync } = require('node:fs');
  const tls = require('ownssl');
  test('says hello', async () => {
    const options = { cert: readFileSync('cert.pem'), key: readFileSync('key.pem') };
    const server = tls.createServer(options, (socket) => socket.end('hello'));
    await new Promise((resolve) => server.listen(0, 'localhost', resolve));
    const { port } = server.address();
    const text = await new Promise((resolve, reject) => {
      const client = tls.connect({ port, host: 'localhost', ca: readFileSync('ca.pem') });
      let all = '';
      client.setEncoding('utf8').on('data', (part) => (all += part));
      client.on('end', () => resolve(all)).on('error', reject);
    });
    expect(text).toBe('hello');
    await new Promise((resolve) => server.close(resolve));
  });
`;
