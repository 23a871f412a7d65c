// try: runs one piece now and shows what comes of it. Changes nothing.
import { statSync } from 'node:fs';
import * as z from 'zod';
import { PersonError } from '../errors.ts';
import { readText } from '../lib/files.ts';
import { isId } from '../lib/id.ts';
import { requireAllowed } from './allowed.ts';
import { defineVerb, type Reply } from './define.ts';
import type { Hands } from './hands.ts';
import { pickName } from './pick-name.ts';

export const tryVerb = defineVerb({
  name: 'try',
  group: 'steer',
  summary: 'Run one sensor, goal, decision file or CEL expression now, or print the prompt. Changes nothing.',
  details:
    "  flyball try disk\n  flyball try daily-page\n  flyball try decision.json\n  flyball try 'readings.disk.signal.level'\n  flyball try prompt",
  input: z.strictObject({
    what: z
      .string()
      .min(1)
      .describe("A sensor, a goal, a decision's file, a CEL expression, or `prompt`.")
      .meta({ positional: true, complete: 'triable' }),
  }),
  run: async ({ what }, hands) => {
    if (what === 'prompt') return tryPrompt(hands);
    if (what.endsWith('.json')) return tryDecision(what, hands);
    const sensors = (await hands.sensors()).map(({ name }) => name);
    const goals = (await hands.goals()).map(({ name }) => name);
    const [folder, rest] = /^(sensors|goals)\/./.test(what)
      ? [what.slice(0, what.indexOf('/')), what.slice(what.indexOf('/') + 1)]
      : [null, what];
    const found = named(
      rest,
      { sensors: folder === 'goals' ? [] : sensors, goals: folder === 'sensors' ? [] : goals, must: folder !== null },
      hands,
    );
    if (found === null) return tryExpression(what, hands);
    await requireAllowed(hands);
    return found.kind === 'sensor' ? trySensor(found.name, hands) : tryGoal(found.name, hands);
  },
});

/** Sections of the world are one-word expressions, not misspelt names. */
const SECTIONS = ['readings', 'goals', 'workers', 'asks', 'schedules', 'leases', 'spend', 'playbook', 'journal', 'true', 'false', 'null'];

interface Known {
  sensors: string[];
  goals: string[];
  /** The folder was named, so an expression cannot be meant. */
  must: boolean;
}

function named(typed: string, { sensors, goals, must }: Known, hands: Hands): { kind: 'sensor' | 'goal'; name: string } | null {
  if (!must && (!isId(typed) || SECTIONS.includes(typed) || /^\d/.test(typed))) return null;
  if (!must && typed.includes('.') && !sensors.includes(typed) && !goals.includes(typed)) return null;
  const name = pickName(typed, { what: 'sensor or goal', names: [...sensors, ...goals], prefix: hands.terminal.out });
  return { kind: sensors.includes(name) ? 'sensor' : 'goal', name };
}

async function trySensor(name: string, hands: Hands): Promise<Reply> {
  const { reading, ms, bytes, wakes } = await hands.trySensor(name);
  const effect = wakes ? 'would wake the loop' : 'would wake nobody';
  const lines = [
    `signal  ${JSON.stringify(reading.signal)}`,
    ...(reading.detail === null || reading.detail === undefined ? [] : [`detail  ${JSON.stringify(reading.detail)}`]),
    `${reading.failed ? `failed: ${reading.error}` : 'ok'}, ${ms} ms, ${bytes} bytes, ${reading.trust}, ${effect}`,
  ];
  return { exit: reading.failed ? 1 : 0, json: { ...reading, ms, bytes, wakes }, text: lines.join('\n') };
}

async function tryGoal(name: string, hands: Hands): Promise<Reply> {
  const tried = await hands.tryGoal(name);
  const ready = tried.conditions.find(({ type }) => type === 'Ready');
  const lines = [
    `Ready ${ready?.status ?? 'Unknown'}: ${ready?.message ?? ''}`,
    ...(tried.verify
      ? [
          `verify     exit ${tried.verify.exit ?? 'none'}, ${tried.verify.ms} ms`,
          ...tried.verify.output
            .trimEnd()
            .split('\n')
            .map((line) => `  ${line}`),
        ]
      : []),
    ...(tried.done_when
      ? [`done_when  ${'value' in tried.done_when ? JSON.stringify(tried.done_when.value) : tried.done_when.problem}`]
      : []),
  ];
  return { exit: ready?.status === 'True' ? 0 : 1, json: { v: 1, name, ...tried }, text: lines.join('\n') };
}

async function tryDecision(file: string, hands: Hands): Promise<Reply> {
  const size = statSync(file, { throwIfNoEntry: false });
  if (!size?.isFile()) throw new PersonError(`there is no file "${file}"`, { hint: 'a decision is one JSON object in a file', code: 2 });
  const { verdict, problem } = await hands.judge(readText(file) ?? '');
  if (problem !== null || !verdict) throw new PersonError(problem ?? 'it could not be judged', { code: 1 });
  const lines = [
    verdict.result,
    ...verdict.reasons.map(({ step, result, name, message }) => `  ${step}${name ? ` ${name}` : ''}: ${result}, ${message}`),
  ];
  return { exit: verdict.result === 'allow' ? 0 : 1, json: { v: 1, verdict }, text: lines.join('\n') };
}

async function tryExpression(cel: string, hands: Hands): Promise<Reply> {
  const answer = await hands.evaluate(cel);
  if ('problem' in answer) throw new PersonError(answer.problem);
  return { exit: 0, json: { v: 1, value: answer.value }, text: JSON.stringify(answer.value, null, 2) };
}

async function tryPrompt(hands: Hands): Promise<Reply> {
  const { gate, prompt, bytes, cuts } = await hands.prompt();
  return { exit: 0, json: { v: 1, gate, prompt, bytes, cuts }, text: prompt };
}
