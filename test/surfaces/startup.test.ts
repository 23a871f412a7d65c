// What a verb that is typed often loads, and what it must not.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { levelRig } from '../support/level-home.ts';
import type { Rig } from '../support/rig.ts';

const HEAVY = [
  'zod',
  'commander',
  'yaml',
  'execa',
  'chokidar',
  '@marcbachmann/cel-js',
  'croner',
  'diff',
  'jsonrepair',
  '@bomb.sh/tab',
  'fs-native-extensions',
];

/** The packages of node_modules whose code a call has loaded, by V8's own account. */
async function loaded(rig: Rig, args: readonly string[]): Promise<Set<string>> {
  const folder = join(rig.root, `coverage-${args.join('-')}`);
  await rig.flyball(args, { env: { NODE_V8_COVERAGE: folder } });
  const urls = readdirSync(folder).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { result: { url: string }[] }; // V8's form
    return result.map(({ url }) => url).filter((url) => url.startsWith('file:'));
  });
  return new Set(
    urls.flatMap((url) => sourcesOf(fileURLToPath(url))).flatMap((source) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? []),
  );
}

function sourcesOf(file: string): string[] {
  if (!existsSync(`${file}.map`)) return [file];
  return (JSON.parse(readFileSync(`${file}.map`, 'utf8')) as { sources: string[] }).sources; // a source map
}

test.each([['status'], ['get', 'goals'], ['get', 'sensors'], ['ls']])(
  '%s %s loads no parser, schema, watcher, expression or addon',
  async (...words) => {
    const rig = await levelRig('good');
    const args = words.filter((word) => word !== undefined);
    await rig.flyball(['beat']);
    await rig.flyball(args); // the first call parses what later ones find parsed
    const packages = await loaded(rig, args);
    expect([...packages]).toContain('p-limit'); // so the short way's one file was seen
    expect(HEAVY.filter((name) => packages.has(name))).toEqual([]);
  },
);

test('a verb of another kind loads what it needs, so that the list above is one of absences that count', async () => {
  const rig = await levelRig('good');
  expect([...(await loaded(rig, ['config']))]).toEqual(expect.arrayContaining(['zod', 'commander', 'yaml']));
});
