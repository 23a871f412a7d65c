// config: every setting, its value, where that came from, and what it means.
import * as z from 'zod';
import { formatDuration } from '../lib/duration.ts';
import { table } from '../lib/table.ts';
import { oneLine } from '../lib/text.ts';
import { defineVerb } from './define.ts';
import type { ConfigField } from './hands.ts';

/** Settings whose value is a span, in ms. */
const SPANS = /(^|\.)(interval|timeout)$/;

export const config = defineVerb({
  name: 'config',
  group: 'house',
  summary: 'Every setting: value, source (default, file, environment, flag) and meaning.',
  details: '`flyball edit config` opens the file. A variable such as FLYBALL_INTERVAL, and --set interval=5s, go over it.',
  home: 'optional',
  input: z.strictObject({}),
  run: async (_input, hands) => {
    const fields = await hands.configFields();
    const { problem } = await hands.config();
    if (problem) hands.say(`${problem.where}: ${problem.what}`);
    const rows = fields.map((field) => [field.path, valueText(field), field.source, field.sentence]);
    return { exit: 0, json: { v: 1, fields, problem }, text: table(rows), names: fields.map(({ path }) => path) };
  },
});

function valueText({ path, value }: ConfigField): string {
  if (typeof value === 'number' && SPANS.test(path)) return formatDuration(value);
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `${value.length} entries`;
  return value === null ? '-' : oneLine(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''), 40);
}
