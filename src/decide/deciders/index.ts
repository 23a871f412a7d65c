// What follows from the lists of deciders (list.ts, presets/list.ts): the choices of `decider.use` and
// `decider.fallback`, and the settings that each brings under its own name.
import * as z from 'zod';
import { describeError, PersonError } from '../../errors.ts';
import { nearest } from '../../lib/nearest.ts';
import type { Decider, DeciderEnd, DeciderRequest } from '../../ports.ts';
import type { Settings } from '../../world/settings.ts';
import { withFallback } from './fallback.ts';
import * as list from './list.ts';
import { presetMember } from './preset.ts';
import * as presets from './presets/list.ts';
import { badly } from './run-client.ts';
import type { DeciderMember, DeciderTools } from './types.ts';

/** By name: the order in messages and docs, the same in every build. */
const deciders: readonly DeciderMember[] = [...Object.values(list), ...Object.values(presets).map(presetMember)].sort((a, b) =>
  a.name < b.name ? -1 : 1,
);

export const deciderNames: readonly string[] = deciders.map((member) => member.name);

/** The settings that may stand under `decider`, by the member's name: what config.ts adds to its own. */
export function deciderShape(): Record<string, z.ZodType> {
  return Object.fromEntries(deciders.map((member) => [member.name, settingsOf(member).optional().describe(member.summary)]));
}

/** Who is asked when no rule is eligible; null: nobody. Throws PersonError for a name or settings that do not fit. */
export function createDecider(settings: Settings['decider'], tools: Omit<DeciderTools, 'unconfined'>): Decider | null {
  const all = { ...tools, unconfined: settings.unconfined };
  const first = create(settings.use, settings, all);
  const second = settings.fallback === undefined ? null : create(settings.fallback, settings, all);
  return first && second ? withFallback(first, second, tools.clock) : first;
}

function create(name: string, settings: Settings['decider'], tools: DeciderTools): Decider | null {
  const member = deciders.find((it) => it.name === name);
  if (!member) {
    const meant = nearest(name, deciderNames);
    throw new PersonError(`There is no decider "${name}"`, {
      hint: meant ? `did you mean ${meant}?` : `one of: ${deciderNames.join(', ')}`,
    });
  }
  const own = settingsOf(member).safeParse(settings[name] ?? {});
  if (own.success) return guarded(member.create(own.data, tools));
  throw new PersonError(`The decider ${name} is not set up: ${lacking(name, own.error)}`, {
    hint: `see decider.${name} in flyball.yaml, and flyball config`,
  });
}

/** What a decider that is named in `decider.use` or `decider.fallback` needs and has not got; null when nothing. */
export function deciderLacks(name: string, settings: Settings['decider']): string | null {
  const member = deciders.find((it) => it.name === name);
  const own = member && settingsOf(member).safeParse(settings[name] ?? {});
  return own?.error ? lacking(name, own.error) : null;
}

function lacking(name: string, { issues: [issue] }: z.ZodError): string {
  const where = ['decider', name, ...(issue?.path ?? [])].join('.');
  return `${where} ${/received undefined$/.test(issue?.message ?? '') ? 'is missing' : `does not fit: ${issue?.message ?? ''}`}`;
}

/** What breaks on our side (no room for its folder, a home that cannot be written) is a bad end too, never a throw. */
function guarded(decider: Decider | null): Decider | null {
  if (!decider) return null;
  const decide = async (request: DeciderRequest): Promise<DeciderEnd> => {
    try {
      return await decider.decide(request);
    } catch (error) {
      return badly('exit', `${decider.name} could not be asked: ${describeError(error)}`);
    }
  };
  return { ...decider, decide };
}

/** A member's settings, or the bare string that stands for one of them. */
function settingsOf({ config, shorthand }: DeciderMember): z.ZodType<Record<string, unknown>> {
  if (shorthand === undefined) return config;
  return z.preprocess((value) => (typeof value === 'string' ? { [shorthand]: value } : value), config);
}
