// Co-editing: an agent's text as a change from what it was shown, laid over what the person has written since.
import { digest } from '../lib/digest.ts';
import { merge3 } from '../lib/merge.ts';
import { unifiedDiff } from '../lib/patch.ts';
import type { Prepared } from './define.ts';

/** A policy file's text as the prompt showed it, without the cut marker; `digest` is that of the whole text then. */
export interface Shown {
  text: string;
  digest: string;
  cut: boolean;
}

export interface Rewrite {
  path: string;
  /** Null when the decider was shown no such file. */
  shown: Shown | null;
  current: string | null;
  body: string;
  mode?: number;
}

/** The whole text as it is to be, or why the person has to say. */
export type Rewritten = { text: string } | { conflict: string };

/** The action that turns the file into the rewritten text. */
export function rewriteFile(rewrite: Rewrite, rewritten: Rewritten = rewriteText(rewrite)): Prepared {
  const { path, current, body, mode } = rewrite;
  if ('conflict' in rewritten) {
    const question = `An action wants to change ${path}, but ${rewritten.conflict}. Nothing was written.`;
    return { prepared: 'conflict', question, diff: unifiedDiff(path, current ?? '', body) };
  }
  if (rewritten.text === current) return { prepared: 'unchanged', note: `${path} already says so` };
  const change = { path, before: current, after: rewritten.text, ...(mode === undefined ? {} : { mode }) };
  return { prepared: 'files', changes: [change], note: current === null ? `created ${path}` : `changed ${path}` };
}

/** Same as shown: replaced. Changed since: merged. What cannot be merged, or was never shown, is a conflict. */
export function rewriteText({ shown, current, body }: Omit<Rewrite, 'path' | 'mode'>): Rewritten {
  if (current === null) return shown === null ? { text: ended(body) } : { conflict: 'it was deleted since the decider read it' };
  const text = inTheEndingsOf(current, ended(body));
  if (text === current) return { text };
  if (shown === null) return { conflict: 'it was not there when the decider looked, so what is in it now was never shown' };
  if (shown.cut) return rewriteHead(shown.text, current, text);
  const { merged } = merge3(shown.text, text, current);
  return merged === null ? { conflict: 'it was edited since the decider read it, in the same place' } : { text: merged };
}

/** Only the beginning was shown: the tail, which was not, is kept. */
function rewriteHead(head: string, current: string, text: string): Rewritten {
  if (!head.endsWith('\n')) return { conflict: 'its first line is so long that the decider was shown only a part of it' };
  if (current.startsWith(head)) return { text: text + current.slice(head.length) };
  const { merged } = merge3(head, text, current);
  return merged === null ? { conflict: 'it was edited since the decider read its beginning, in the same place' } : { text: merged };
}

/** True when the text is still the one that was shown. */
export function isAsShown(shown: Shown | null, current: string): boolean {
  return shown !== null && shown.digest === digest(current);
}

function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

/** A file that ends every line in CRLF keeps doing so. */
function inTheEndingsOf(current: string, text: string): string {
  const lines = current.split('\n').length - 1;
  const crlf = current.split('\r\n').length - 1;
  return lines > 0 && crlf === lines ? text.replaceAll(/\r?\n/g, '\r\n') : text;
}
