// Who wrote what into the policy files, passage by passage, in the order in which it came.
import { readText } from '../lib/files.ts';
import { type GitPlace, git } from '../lib/git.ts';
import type { Written } from '../ports/history.ts';
import { readComing } from './history-coming.ts';
import { REF } from './history-versions.ts';
import type { Layout } from './layout.ts';
import { contentOf, policyFiles } from './policy-walk.ts';

/** Commits that are read at once: their diffs fit into memory. */
const TOGETHER = 100;
const PERSON = 'person';
/** An intent of the journal that changes a policy file. */
const WROTE = /"after":\[\{"path":"(?:PLAYBOOK\.md|goals\/|sensors\/|loops\/)/;

/**
 * Every passage that a commit added, oldest first; then the files as they are now, in which what no commit
 * holds yet is the person's.
 */
export function* written(layout: Layout, place: GitPlace, begun: boolean): Generator<Written> {
  if (!begun && WROTE.test(readText(layout.journal) ?? ''))
    throw new Error(`${layout.history} is gone, and the journal tells of what flyball wrote`);
  const commits = begun ? git(place, ['rev-list', '--reverse', REF]).toString('utf8').split('\n').filter(Boolean) : [];
  for (let from = 0; from < commits.length; from += TOGETHER) {
    const last = commits[Math.min(from + TOGETHER, commits.length) - 1] ?? REF;
    yield* additions(place, from === 0 ? last : `${commits[from - 1]}..${last}`);
  }
  const coming = readComing(layout);
  if (coming === null) throw new Error(`${layout.historyComing} cannot be read`);
  for (const { path, after } of coming) yield { path, by: 'agent', text: after };
  for (const file of policyFiles(layout).files) {
    const content = contentOf(layout, file);
    if (content) yield { path: file.path, by: 'person', text: Buffer.from(content.bytes).toString('utf8') };
  }
}

const DIFF = ['-p', '-U0', '--no-renames', '--no-color', '--no-ext-diff', '--no-textconv', '--text', '--src-prefix=a/', '--dst-prefix=b/'];

/** Blocks of added lines. In a diff without context every line of content begins with `+`, `-` or `\`. */
function* additions(place: GitPlace, range: string): Generator<Written> {
  let by: Written['by'] = 'agent';
  let path = '';
  let block: string[] = [];
  const flush = function* (): Generator<Written> {
    if (block.length > 0) yield { path, by, text: block.join('\n') };
    block = [];
  };
  let content = false;
  for (const line of git(place, ['log', '--reverse', '--format=%x00%an', ...DIFF, range])
    .toString('utf8')
    .split('\n')) {
    if (content && line.startsWith('+')) {
      block.push(line.slice(1));
      continue;
    }
    yield* flush();
    if (line.startsWith('\0')) by = line.slice(1) === PERSON ? 'person' : 'agent';
    else if (line.startsWith('@@')) content = true;
    else if (line.startsWith('diff --git ')) content = false;
    else if (!content && line.startsWith('+++ ')) path = line.slice('+++ b/'.length);
  }
  yield* flush();
}
