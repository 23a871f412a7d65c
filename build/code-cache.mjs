// node build/code-cache.mjs FILE HOME: runs the short way once and keeps what V8 compiled for it, beside FILE. In a
// process of its own, because it prints.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';

const [file, home] = process.argv.slice(2);
const script = new Script(Module.wrap(readFileSync(file, 'utf8')), { filename: file });
const module = { exports: {} };
script.runInThisContext()(module.exports, createRequire(file), module, file);
for (const words of [['status'], ['get', 'sensors'], ['get', 'goals']]) {
  const code = await module.exports.quick([...words, '--home', home], pathToFileURL(file).href);
  if (code === null) throw new Error(`the short way is not whole: ${words.join(' ')} needed more than it has`);
}
writeFileSync(`${file}.new`, script.createCachedData());
renameSync(`${file}.new`, `${file}.cache`);
