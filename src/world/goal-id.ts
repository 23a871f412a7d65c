// Which files are goals, and how a goal is called after its file.
import { digest } from '../lib/digest.ts';
import { isId } from '../lib/id.ts';

/** True for the names in goals/ that are goals. */
export function isGoalName(name: string): boolean {
  return /\.md$/i.test(name) && !/^[_.]/.test(name) && name.toLowerCase() !== 'readme.md';
}

/** `Learn Rust.md` → `learn-rust`. An id stays as it is; a name without any letter of ours gets one that is stable. */
export function goalId(name: string): string {
  const stem = name.replace(/\.md$/i, '');
  if (isId(stem)) return stem;
  const slug = stem
    .normalize('NFKD')
    .replaceAll(/\p{Mn}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/\.{2,}/g, '.')
    .replaceAll(/^[-._]+/g, '')
    .slice(0, 64)
    .replaceAll(/[-._]+$/g, '');
  return slug === '' ? `goal-${digest(stem).slice('sha256:'.length, 'sha256:'.length + 8)}` : slug;
}
