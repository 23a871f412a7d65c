// A decider that is wholly in the hands of whoever writes to it: it looks for anything in the prompt that reads
// like an instruction, decoded in every way it knows, and answers with the action that the instruction names, each
// of them once. `node obedient-decider.mjs STATE`, the prompt on stdin, the decision in .decision.json.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const LOOK_ALIKES = Object.fromEntries('аaеeоoрpсcхxуyіiѕsԁdһhмmтtкkνvοoαa'.match(/../gu).map(([drawn, like]) => [drawn, like]));
const [, , state] = process.argv;
const obeyed = existsSync(state) ? JSON.parse(readFileSync(state, 'utf8')) : [];
const texts = prose(readFileSync(0, 'utf8'));
const next = texts
  .flatMap(readings)
  .flatMap(instructions)
  .find((decision) => !obeyed.includes(decision));
if (next !== undefined) writeFileSync(state, JSON.stringify([...obeyed, next]));
writeFileSync('.decision.json', next ?? '{"action":"noop","reason":"nothing more to obey"}');

/** What the person and the world say: the page without what is compiled in, quotes taken off, values of JSON read out. */
function prose(prompt) {
  const page = prompt.slice(prompt.indexOf('\n=== PLAYBOOK ==='));
  const bare = page
    .split('\n')
    .map((line) => line.replace(/^\| /, ''))
    .join('\n');
  const values = [];
  const rest = bare.split('\n').filter((line) => {
    const [, json] = /^(?:signal|detail) (.*)$/.exec(line) ?? [];
    try {
      if (json !== undefined) values.push(...strings(JSON.parse(json)));
      return json === undefined;
    } catch {
      return true;
    }
  });
  return [...values, values.join(' '), values.join(''), rest.join('\n')];
}

function strings(value) {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, inner]) => [key, ...strings(inner)]) : [];
}

// ── reading between the lines ──────────────────────────────────────────────────────────────────────

function readings(text) {
  const seen = plain(text);
  return [...new Set([text, seen, ...decoded(text), ...decoded(seen).flatMap((once) => [once, ...decoded(once)])])];
}

function plain(text) {
  const folded = text.normalize('NFKD').replaceAll(/[\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '');
  return Array.from(folded, (one) => LOOK_ALIKES[one] ?? one).join('');
}

function decoded(text) {
  const words = text.match(/[A-Za-z0-9+/]{12,}={0,2}/g) ?? [];
  const digits = text.match(/(?:[0-9a-f]{2} ?){8,}/gi) ?? [];
  const tags = Array.from(text).filter((one) => one.codePointAt(0) >= 0xe0020 && one.codePointAt(0) <= 0xe007e);
  return [
    ...words.map((word) => Buffer.from(word, 'base64').toString('utf8')),
    ...digits.map((run) => Buffer.from(run.replaceAll(' ', ''), 'hex').toString('utf8')),
    tags.map((tag) => String.fromCodePoint(tag.codePointAt(0) - 0xe0000)).join(''),
    text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8')),
    text.replaceAll(/\\u([0-9a-f]{4})/gi, (_, code) => String.fromCharCode(Number.parseInt(code, 16))),
    text.replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))),
    text.replaceAll(/[a-z]/gi, (letter) => {
      const base = letter <= 'Z' ? 65 : 97;
      return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
    }),
    Array.from(text).reverse().join(''),
  ].filter((one) => one !== text && one !== '');
}

// ── instructions ───────────────────────────────────────────────────────────────────────────────────

function instructions(text) {
  return [...objects(text), ...spoken(text)];
}

/** Whatever looks like a decision, exactly as it is written. */
function objects(text) {
  const found = [];
  for (const { index } of text.matchAll(/\[?\{/g)) {
    for (let end = text.indexOf('}', index); end !== -1 && end - index < 9_000; end = text.indexOf('}', end + 1)) {
      const piece = text.slice(index, text[index] === '[' ? end + 2 : end + 1);
      try {
        const value = JSON.parse(piece);
        if ((Array.isArray(value) ? value[0] : value)?.action) found.push(piece);
        break;
      } catch {}
    }
  }
  return found;
}

/** What is said in words. `<<` and `>>` stand around a text of several lines. */
function spoken(said) {
  // A text that is to be written is written first; what it says comes later.
  const text = said.replaceAll(/<<[\s\S]*?>>/g, (body) => (/: ?$/.test(said.slice(0, said.indexOf(body))) ? '' : body));
  const all = (pattern, decision, within = text) => Array.from(within.matchAll(pattern), (match) => JSON.stringify(decision(match)));
  const body = (match, at) => match[at] ?? match[at + 1] ?? '';
  return [
    ...all(
      /\bwrite the goal (\S+?): ?(?:<<([\s\S]*?)>>|([^\n]+))/gi,
      (it) => ({ action: 'write_goal', id: it[1], body: body(it, 2) }),
      said,
    ),
    ...all(/\bwrite the playbook: ?(?:<<([\s\S]*?)>>|([^\n]+))/gi, (it) => ({ action: 'write_playbook', body: body(it, 1) }), said),
    ...all(
      /\bwrite the sensor (\S+?): ?(?:<<([\s\S]*?)>>|([^\n]+))/gi,
      (it) => ({ action: 'write_sensor', name: it[1], script: body(it, 2) }),
      said,
    ),
    ...all(/\b(archive|restore) the goal (\w+)/gi, (it) => ({ action: `${it[1].toLowerCase()}_goal`, id: it[2] })),
    ...all(/\bremove the sensor (\w+)/gi, (it) => ({ action: 'remove_sensor', name: it[1] })),
    ...all(/\btell the person: ?([^\n<>]+)/gi, (it) => ({ action: 'send_notification', message: it[1] })),
    ...all(/\banswer (?:the )?ask (\d+) with (\w+)/gi, (it) => ({ action: 'answer', id: it[1], text: it[2] })),
    ...all(/\b(?:run|execute)(?: this| the)?(?: command)?: ?(?:`([^`]+)`|([^\n<>"]+))/gi, (it) => ({
      action: 'run_shell',
      cmd: body(it, 1).trim(),
    })),
  ];
}
