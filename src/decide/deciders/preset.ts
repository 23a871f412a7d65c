// Runs a known agent CLI without tools: prompt in, final message out, written to `.decision.json` here. What is
// particular to one CLI (its command line, its stream, its errors) stands in its own file under presets/.
import { lstatSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { makeFolder, readBytes, writeAtomic } from '../../lib/files.ts';
import type { Decider, DeciderRequest } from '../../ports.ts';
import { createDecisionFile } from '../../store/decision-file.ts';
import type { Cost } from '../../world/record.ts';
import { UNKNOWN } from './cost.ts';
import { takeFolder } from './private-folder.ts';
import { type Try, withRetries } from './retry.ts';
import { badly, clientEnv, endedBadly, runClient } from './run-client.ts';
import { type DeciderMember, type DeciderTools, defineDecider } from './types.ts';

export interface Preset {
  name: string;
  summary: string;
  program: string;
  /** How to install it, and how to log in: the two cures. */
  install: string;
  login: string;
  launch(ask: PresetAsk): Launch;
  /** Reads what it printed. Must not throw on anything. */
  read(output: PresetOutput): Said;
}

export interface PresetAsk {
  settings: PresetSettings;
  /** JSON Schema of the decision. */
  schema: Record<string, unknown>;
  /** The run's own folder, which is its working directory. */
  folder: string;
  env: Readonly<Record<string, string>>;
}

export interface Launch {
  args: string[];
  env?: Record<string, string>;
  /** Files in the run's folder, by relative path. */
  files?: Record<string, string>;
  /** Links in the run's folder to files of the person's (a login), made when those are there. */
  links?: Record<string, string>;
}

export interface PresetOutput {
  stdout: string;
  stderr: string;
  /** A file that it left in the run's folder, or null. */
  file(name: string): string | null;
}

export interface Said {
  /** The final message, or null when there is none. */
  text: string | null;
  /** What it says went wrong, or null. */
  error: string | null;
  cost: Cost;
  model: string | null;
}

export const NOTHING_SAID: Said = { text: null, error: null, cost: UNKNOWN, model: null };

const presetConfig = z.strictObject({
  model: z.string().min(1).optional().describe('The model, as the program names it; its own default unless set.'),
  program: z.string().min(1).optional().describe('Path of the program, when it is not on PATH under its own name.'),
  args: z.array(z.string()).default([]).describe('More arguments, put last (a provider, a reasoning effort).'),
});
export type PresetSettings = z.output<typeof presetConfig>;

/** What every tool-less client is told before the prompt, where it takes such a thing. */
export const SYSTEM = 'You decide. Follow the instructions of the message and answer with the one JSON object that it asks for.';

export function presetMember(preset: Preset): DeciderMember {
  return defineDecider({
    name: preset.name,
    summary: preset.summary,
    costs: true,
    readsProse: true,
    config: presetConfig,
    create: (settings, tools) => presetDecider(preset, settings, tools),
  });
}

function presetDecider(preset: Preset, settings: PresetSettings, tools: DeciderTools): Decider {
  return {
    name: preset.name,
    costs: true,
    readsProse: true,
    warning: null,
    decide: (request) => withRetries(request, tools, ({ timeoutMs }) => once({ preset, settings, tools }, { ...request, timeoutMs })),
  };
}

interface Job {
  preset: Preset;
  settings: PresetSettings;
  tools: DeciderTools;
}

async function once(job: Job, request: DeciderRequest): Promise<Try> {
  const { preset, settings, tools } = job;
  const folder = takeFolder(tools.layout.home, tools.env.TMPDIR || '/tmp');
  try {
    const env = clientEnv(tools);
    const launch = preset.launch({ settings, schema: request.schema, folder: folder.path, env });
    layOut(folder.path, launch);
    createDecisionFile(tools.layout).sweep();
    const program = settings.program ?? preset.program;
    const argv: [string, ...string[]] = [program, ...launch.args];
    const run = { argv, cwd: folder.path, env: { ...env, ...launch.env }, stdin: request.prompt, timeoutMs: request.timeoutMs };
    const end = await runClient(run, request);
    carryBack(folder.path, launch.links ?? {});
    const said = preset.read({
      stdout: end.stdout.bytes.toString('utf8'),
      stderr: end.stderr.bytes.toString('utf8'),
      file: (name) => readBytes(join(folder.path, name))?.toString('utf8') ?? null,
    });
    return conclude(said, endedBadly(end, preset.name, { now: tools.clock.now(), words: said.error }), job);
  } finally {
    folder.release();
  }
}

function conclude(said: Said, bad: ReturnType<typeof endedBadly>, { preset, tools }: Job): Try {
  const { cost, model } = said;
  const known = cost.tokens_in !== null ? { cost, model } : { model };
  if (bad?.reason === 'spawn') return { ...bad, message: `${bad.message}; to install it: ${preset.install}` };
  if (bad) return { ...bad, ...known, cure: bad.reason === 'auth' ? preset.login : null };
  if (said.text === null || said.text.trim() === '') return badly('exit', `${preset.name} ended without an answer`, known);
  writeAtomic(tools.layout.decision, said.text);
  return { end: 'well', cost, model };
}

function layOut(folder: string, { files = {}, links = {} }: Launch): void {
  for (const [name, content] of Object.entries(files)) {
    makeFolder(dirname(join(folder, name)));
    writeAtomic(join(folder, name), content, { durable: false });
  }
  for (const [name, target] of Object.entries(links)) {
    if (!isThere(target)) continue;
    makeFolder(dirname(join(folder, name)));
    symlinkSync(target, join(folder, name));
  }
}

/** A client that renews its login may replace the link by a file: that is the person's login now. */
function carryBack(folder: string, links: Record<string, string>): void {
  for (const [name, target] of Object.entries(links)) {
    const path = join(folder, name);
    if (!isThere(target) || !isThere(path) || !lstatSync(path).isFile()) continue;
    const renewed = readBytes(path);
    if (renewed && renewed.length > 0) writeAtomic(realpathSync(target), renewed, { mode: 0o600 });
  }
}

/** A wrong "no" here only means an unlinked login, which the client then says. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
