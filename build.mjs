// Bundles src/ into dist/: ESM with code splitting, so that a verb loads only what it needs.
import { chmod, readdir, rm, stat } from 'node:fs/promises';
import { build } from 'esbuild';

// Over what is there: a flyball that runs from the former build still finds its chunks, whose names carry digests.
const { metafile } = await build({
  metafile: true,
  entryPoints: { cli: 'src/cli.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  chunkNames: 'c/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minify: true,
  sourcemap: 'linked',
  external: ['fs-native-extensions'],
  // CommonJS packages inside an ESM bundle look for these three names at run time.
  banner: {
    js: "#!/usr/bin/env node\nimport{createRequire as __cr}from'node:module';import{fileURLToPath as __fu}from'node:url';const require=__cr(import.meta.url),__filename=__fu(import.meta.url),__dirname=__fu(new URL('.',import.meta.url));",
  },
});
await chmod('dist/cli.mjs', 0o755);

/** A pulse of the former build that lives on for longer than this has loaded what it needs. */
const KEPT_MS = 3_600_000;
for (const name of await readdir('dist/c')) {
  const path = `dist/c/${name}`;
  if (!(path in metafile.outputs) && Date.now() - (await stat(path)).mtimeMs > KEPT_MS) await rm(path);
}
