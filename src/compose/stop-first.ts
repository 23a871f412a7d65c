// `flyball stop` as the first thing that the process does: with next to nothing loaded, and no settings, lock or
// socket in the way. The verb itself does the same again, says what came of it, and complains where this kept quiet.
import { existsSync, lstatSync } from 'node:fs';
import { environment } from '../config.ts';
import { findHome } from '../home.ts';
import { type Layout, layout } from '../store/layout.ts';
import { stopHome } from '../store/stop.ts';

export function stopFirst(argv: readonly string[]): void {
  const asked = readArgv(argv);
  const env = environment();
  if (!asked || env.FLYBALL_WORKER || env.FLYBALL_RUN) return;
  try {
    const at = layout(findHome({ env, cwd: process.cwd(), flag: asked.home }).home);
    if (isOwnHome(at, process.getuid?.() ?? 0)) stopHome(at, asked, () => new Date());
  } catch {
    // What went wrong is met again, and said, by the verb.
  }
}

interface Asked {
  home: string | null;
  reason: string;
  keepWorkers: boolean;
}

const WITH_VALUE = new Set(['--home', '-o', '--output', '--set']);
const FLAGS = new Set(['--json', '--debug', '--keep-workers']);

/** Null for what is not this verb, or is not asked as it should be. */
function readArgv(argv: readonly string[]): Asked | null {
  const words: string[] = [];
  const asked: Omit<Asked, 'reason'> = { home: null, keepWorkers: false };
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? '';
    if (word === '--') {
      words.push(...argv.slice(index + 1));
      break;
    }
    const [flag, value] = WITH_VALUE.has(word) ? [word, argv[++index]] : word.startsWith('--') ? word.split(/=(.*)/s) : [word, undefined];
    if (WITH_VALUE.has(flag ?? '') && value === undefined) return null;
    if (flag === '--home') asked.home = value ?? null;
    else if (word === '--keep-workers') asked.keepWorkers = true;
    else if (!word.startsWith('-')) words.push(word);
    else if (!WITH_VALUE.has(flag ?? '') && !FLAGS.has(word) && !word.startsWith('-o')) return null;
  }
  const [verb, ...reason] = words;
  return verb === 'stop' ? { ...asked, reason: reason.join(' ') } : null;
}

/** What the verb would refuse is not done before it can. */
function isOwnHome(at: Layout, uid: number): boolean {
  const isHome = [at.config, at.playbook, at.goals, at.machine].some((path) => existsSync(path));
  return isHome && [at.home, at.machine].every((path) => (lstatSync(path, { throwIfNoEntry: false })?.uid ?? uid) === uid);
}
