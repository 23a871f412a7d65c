// The deciders: a new one is one file beside this one and one line here. Agent CLIs are listed in presets/list.ts.
export { command } from './command.ts';
export { model } from './model.ts';
export { rules } from './rules.ts';
