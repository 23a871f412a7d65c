// npm run bench [-- NAME…]: measures the built CLI against a floor taken in the same run, and writes docs/bench.md
// (a run of some rows only prints them).
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { editToDecider } from './edit-to-decider.mjs';
import { idleProcessor, memoryOverBeats } from './idle.mjs';
import { largeHome } from './large-home.mjs';
import { stopAndResume } from './stop.mjs';
import { unchangedBeat } from './unchanged-beat.mjs';
import { verbs } from './verbs.mjs';

const MEASUREMENTS = {
  'unchanged-beat': unchangedBeat,
  'edit-to-decider': editToDecider,
  verbs,
  'large-home': largeHome,
  memory: memoryOverBeats,
  processor: idleProcessor,
  stop: stopAndResume,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(MEASUREMENTS, name));
if (unknown.length > 0) {
  console.error(`no measurement is called ${unknown.join(', ')}; there are: ${Object.keys(MEASUREMENTS).join(', ')}`);
  process.exit(2);
}

// What is measured is what src/ says now.
execFileSync(process.execPath, ['build.mjs'], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  stdio: ['ignore', 'ignore', 'inherit'],
});

/** What else ran: at more than about 0.5 the figures say more of the neighbours than of flyball. */
const loadBefore = loadavg()[0];

const rows = [];
for (const [name, measure] of Object.entries(MEASUREMENTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.error(`${name} …`);
  for (const row of [await measure()].flat()) {
    rows.push(row);
    console.error(`  ${row.what}: ${row.figure} (${row.target}) ${row.met ? 'met' : 'NOT MET'}; floor: ${row.floor}`);
  }
}
if (asked.length === 0) writeFileSync(new URL('../docs/bench.md', import.meta.url), page(rows));
process.exit(rows.every((row) => row.met) ? 0 : 1);

function page(measured) {
  const [{ model = 'unknown processor' } = {}] = cpus();
  const line = (row) => `| ${row.what} | ${row.floor} | ${row.figure} | ${row.target} | ${row.met ? 'yes' : '**no**'} |`;
  return `# What it costs

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${model.trim()}, ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GB, ${process.platform} ${process.arch}, Node ${process.versions.node}; load average before it began: ${loadBefore.toFixed(1)}.
Each figure stands against a floor that was measured in the same run; numbers of different machines do not compare, ratios nearly do.

| what | floor | measured | at most | met |
|---|---|---|---|---|
${measured.map(line).join('\n')}

How:

${measured.map((row) => `- ${row.what}: ${row.how}.`).join('\n')}
${limits(measured)}`;
}

/** Why a target is missed, and what would have to change. */
function limits(measured) {
  const missed = measured.filter((row) => !row.met);
  if (missed.length === 0) return '';
  return `\nWhat limits those that are missed:\n\n${missed.map((row) => `- ${row.what}: ${row.limit}.`).join('\n')}\n`;
}
