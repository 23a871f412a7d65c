// The agent CLIs that can decide: a new one is one file beside this one and one line here.
export { claude } from './claude.ts';
export { codex } from './codex.ts';
export { gemini } from './gemini.ts';
export { opencode } from './opencode.ts';
export { pi } from './pi.ts';
