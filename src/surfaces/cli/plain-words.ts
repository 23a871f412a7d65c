// argv without a parser: the words of the verbs that are typed most, when nothing but plain words and common flags
// stands there. Whatever else there is, commander reads (argv.ts).
import type { Door } from '../../verbs/hands.ts';

/** What every verb takes. */
export interface Globals {
  home: string | null;
  output: Door['output'];
  debug: boolean;
  set: Record<string, string>;
}

/** Global flags that take the word after them. */
const WITH_VALUE = new Set(['--home', '-o', '--output', '--set']);

/** Takes the verb's word out of argv: the first word that is no flag and no flag's value. */
export function splitVerb(argv: readonly string[]): { word: string | null; rest: string[] } {
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? '';
    if (word === '--') break;
    if (WITH_VALUE.has(word)) index++;
    else if (!word.startsWith('-')) return { word, rest: [...argv.slice(0, index), ...argv.slice(index + 1)] };
  }
  return { word: null, rest: [...argv] };
}

/** The words that are no flags, and what the flags said; null when commander has to look. */
export function plainWords(argv: readonly string[]): { words: string[]; globals: Globals } | null {
  const words: string[] = [];
  const globals: Globals = { home: null, output: 'text', debug: false, set: {} };
  let json = false;
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? '';
    if (word === '--json') json = true;
    else if (word === '-o' || word === '--output') {
      const format = formatOf(argv[++index]);
      if (format === null) return null;
      globals.output = format;
    } else if (word === '--home') {
      const home = argv[++index];
      if (!isPlain(home)) return null;
      globals.home = home;
    } else if (isPlain(word)) words.push(word);
    else return null;
  }
  return { words, globals: json ? { ...globals, output: 'json' } : globals };
}

function isPlain(word: string | undefined): word is string {
  return word !== undefined && word !== '' && !word.startsWith('-');
}

function formatOf(word: string | undefined): Door['output'] | null {
  return word === 'json' || word === 'wide' || word === 'name' ? word : null;
}
