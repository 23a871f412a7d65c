// What a beat costs on disk: nothing in an unchanged world but the heartbeat, a handful of fsyncs for an action,
// and all of it readable by its person alone.
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { BeatRecord } from '../src/world/record.ts';
import { makeRig, type Rig } from './support/rig.ts';

/** Loaded before the CLI: writes down each fsync that our own process makes. */
const COUNTER = `
const fs = require('node:fs');
const { fsyncSync } = fs;
fs.fsyncSync = (fd) => {
  fs.appendFileSync(process.env.FSYNCS, fs.readlinkSync('/proc/self/fd/' + fd) + '\\n');
  return fsyncSync(fd);
};
require('node:module').syncBuiltinESMExports();
`;

const HOME = {
  'flyball.yaml': `rules:
  - name: tidy
    when: has(readings.desk.signal.state) && readings.desk.signal.state != "tidy"
    do: { action: write_goal, id: desk, body: "# Tidy the {{ readings.desk.signal.state }} desk" }
`,
  'goals/tea.md': '# Tea\n',
  'sensors/desk': '#!/bin/sh\ncat desk.json\n',
  'desk.json': '{"signal":{"state":"tidy"}}\n',
};

/** One beat, with the files that were fsynced for it. */
async function beat(rig: Rig): Promise<{ record: BeatRecord; fsyncs: string[] }> {
  rig.write('../counter.cjs', COUNTER);
  rig.write('../fsyncs', '');
  const env = { NODE_OPTIONS: `--require=${join(rig.root, 'counter.cjs')}`, FSYNCS: join(rig.root, 'fsyncs') };
  const ended = await rig.flyball(['beat', '--json'], { env });
  return { record: ended.json() as BeatRecord, fsyncs: rig.read('../fsyncs').split('\n').filter(Boolean) };
}

/** Every path below, with what would show a write: inode, size and times. */
function pathsBelow(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    names.map((name) => {
      const { ino, size, mtimeMs } = lstatSync(join(folder, name));
      return [name, `${ino} ${size} ${mtimeMs}`];
    }),
  );
}

test('a beat in an unchanged world writes heartbeat.json and nothing else, and waits for no disk', async () => {
  const rig = await makeRig(HOME);
  await beat(rig);
  await beat(rig);
  const before = pathsBelow(rig.home);
  const { record, fsyncs } = await beat(rig);
  expect(record).toMatchObject({ id: null, did: 'rested', gate: { open: false, reason: 'unchanged' } });
  expect(fsyncs).toEqual([]);
  const after = pathsBelow(rig.home);
  expect([...after.keys()]).toEqual([...before.keys()]);
  expect([...after].filter(([name, state]) => before.get(name) !== state).map(([name]) => name)).toEqual([
    '.flyball',
    '.flyball/heartbeat.json',
  ]);
});

test('a beat that writes one file waits for the disk four times and once for the file', async () => {
  const rig = await makeRig(HOME);
  await beat(rig);
  await beat(rig);
  for (const state of ['messy', 'tidy']) {
    rig.write('desk.json', `{"signal":{"state":"${state}"}}\n`);
    await beat(rig); // the first action of a home also makes its journal
  }
  rig.write('desk.json', '{"signal":{"state":"dusty"}}\n');
  const { record, fsyncs } = await beat(rig);
  expect(record.did).toBe('acted');
  const inHome = fsyncs.map((path) => path.slice(rig.home.length + 1).replace(/\.flyball-tmp-\w+/, 'NEW'));
  expect(inHome).toEqual([
    '.flyball/NEW', // the epoch of a single beat; a pulse has begun its own
    '.flyball/journal.jsonl', // intent
    'goals/NEW',
    'goals',
    '.flyball/journal.jsonl', // outcome
  ]);
});

test('nothing that a home gets by beating can be read by another user, its history neither', async () => {
  const rig = await makeRig(HOME);
  await beat(rig);
  rig.write('desk.json', '{"signal":{"state":"messy"}}\n');
  await beat(rig);
  expect(readFileSync(join(rig.home, 'goals/desk.md'), 'utf8')).toContain('Tidy the messy desk');
  expect(readdirSync(join(rig.home, '.flyball/history.git'))).toContain('objects');
  const open = [...pathsBelow(rig.home).keys()].filter((name) => (lstatSync(join(rig.home, name)).mode & 0o077) !== 0);
  expect(open).toEqual([]);
});
