// The settings of a home: defaults < flyball.yaml < environment < flags, with the source of each remembered.
// The last good parse is kept in .flyball/config.json, so that `status` needs no YAML and a broken file stops nothing.
import { existsSync, statSync } from 'node:fs';
import type { Env, Overlay } from './config-text.ts';
import { describeError } from './errors.ts';
import { digest, isPlainObject } from './lib/digest.ts';
import { readText, writeAtomic } from './lib/files.ts';
import type { Layout } from './store/layout.ts';
import type { ConfigField, FileProblem, LoadedConfig } from './verbs/hands.ts';
import type { Settings } from './world/settings.ts';

/** The environment as it is at the start. Nothing else in the project reads it. A copy: Node asks the C library for each name, each time. */
export function environment(): Env {
  return { ...process.env };
}

export interface ConfigSource extends Overlay {
  layout: Layout;
  version: string;
}

/** The settings as they are now. Rejects (PersonError) only for what environment and flags say wrongly. */
export async function loadConfig(source: ConfigSource): Promise<LoadedConfig> {
  const file = readConfigFile(source.layout);
  const kept = readLastGood(source.layout);
  if ('text' in file && file.text !== null && kept?.text === file.text && kept.version === source.version)
    return withOverrides(source, kept, { digest: kept.digest, from: 'file', problem: null });
  if ('text' in file && file.text === null) return withOverrides(source, null, { digest: null, from: 'defaults', problem: null });
  const { readConfigText, settingsOf } = await import('./config-text.ts');
  const read = 'text' in file ? readConfigText(file.text ?? '') : { problems: [{ ...NO_PLACE, what: file.problem, next: null }] };
  const fileDigest = 'text' in file ? digest(file.text ?? '') : null;
  if ('settings' in read) {
    const text = 'text' in file ? (file.text ?? '') : '';
    const good = { version: source.version, digest: fileDigest, text, document: read.document, settings: read.settings };
    keepLastGood(source.layout, good);
    return withOverrides(source, good, { digest: fileDigest, from: 'file', problem: null });
  }
  const problem = { ...asProblem(read.problems), since: changedAt(source.layout) };
  const settings = kept && kept.version !== source.version ? settingsOf(kept.document) : (kept?.settings ?? null); // defaults may differ between versions
  const good = kept && settings ? { ...kept, settings } : null;
  return withOverrides(source, good, { digest: fileDigest, from: good ? 'last-good' : 'defaults', problem });
}

export async function configFields(source: ConfigSource): Promise<ConfigField[]> {
  const { listFields } = await import('./config-text.ts');
  const config = await loadConfig(source);
  const kept = config.from === 'defaults' ? null : readLastGood(source.layout);
  return listFields(config.settings, kept?.document ?? {}, source);
}

// ── the file, and the last good one ────────────────────────────────────────────────────────────────

const NO_PLACE = { file: 'flyball.yaml', line: null, column: null };

/** `text` is null when there is no file. */
type ConfigFile = { text: string | null } | { problem: string };

function readConfigFile(layout: Layout): ConfigFile {
  try {
    return { text: readText(layout.config) };
  } catch (error) {
    return { problem: `it cannot be read: ${describeError(error)}` };
  }
}

interface LastGood {
  version: string;
  digest: string | null;
  /** What it was read from: the very text, so that nothing but an equal file is taken for it. */
  text: string;
  /** As YAML gave it, for environment and flags to be laid over. */
  document: unknown;
  settings: Settings;
}

function readLastGood(layout: Layout): LastGood | null {
  try {
    const kept: unknown = JSON.parse(readText(layout.lastGoodConfig) ?? 'null');
    if (!isPlainObject(kept) || kept.v !== 1 || typeof kept.version !== 'string' || !isPlainObject(kept.settings)) return null;
    return kept as unknown as LastGood; // written by keepLastGood, after validation
  } catch {
    return null; // a cache: without it the file is parsed
  }
}

function keepLastGood(layout: Layout, good: LastGood): void {
  if (!existsSync(layout.machine)) return; // looking at a home creates nothing in it
  try {
    writeAtomic(layout.lastGoodConfig, `${JSON.stringify({ v: 1, ...good })}\n`);
  } catch {
    // A home that cannot be written can still be looked at.
  }
}

function changedAt(layout: Layout): string {
  try {
    return statSync(layout.config).mtime.toISOString();
  } catch {
    return new Date(0).toISOString();
  }
}

function asProblem(problems: readonly FileProblem[]): { what: string; where: string; next: string } {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  const place = first?.line ? `flyball.yaml:${first.line}:${first.column ?? 1}` : 'flyball.yaml';
  const hint = first?.next ? `; ${first.next}` : '';
  return { what: `${first?.what ?? 'it does not parse'}${hint}${more}`, where: place, next: 'flyball edit config' };
}

// ── environment and flags ──────────────────────────────────────────────────────────────────────────

/** Variables that are ours and no settings. */
const NO_SETTING = new Set(['FLYBALL_HOME', 'FLYBALL_WORKER', 'FLYBALL_REPORT', 'FLYBALL_RUN']);

async function withOverrides(source: ConfigSource, base: LastGood | null, rest: Omit<LoadedConfig, 'settings'>): Promise<LoadedConfig> {
  const overridden =
    Object.keys(source.flags).length > 0 || Object.keys(source.env).some((name) => name.startsWith('FLYBALL_') && !NO_SETTING.has(name));
  if (base && !overridden) return { settings: base.settings, ...rest };
  const { readOverridden } = await import('./config-text.ts');
  return { settings: readOverridden(base?.document ?? {}, source), ...rest };
}
