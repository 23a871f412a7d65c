// What a goal is called where nobody named it, without parsing any YAML: for lists, which are to be quick.
import { splitFrontMatter } from '../lib/front-matter.ts';
import { oneLine } from '../lib/text.ts';

export const TITLE_LENGTH = 200;

/** The first heading, else the first line that says something. */
export function titleOf(body: string): string | null {
  const lines = body.split('\n').map((line) => line.trim());
  const heading = lines.find((line) => /^#+\s+\S/.test(line));
  const line = heading ?? lines.find((candidate) => candidate !== '' && candidate !== '---');
  return line === undefined ? null : oneLine(line.replace(/^#+\s+/, ''), TITLE_LENGTH);
}

/** Of a goal's front matter and text, as `get` shows them. */
export function titleOfSpec({ goal, text }: Readonly<Record<string, unknown>>): string {
  if (typeof goal === 'string' && goal !== '') return oneLine(goal, TITLE_LENGTH);
  return (typeof text === 'string' && titleOf(splitFrontMatter(text).body)) || '';
}
