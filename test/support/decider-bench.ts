// A home, a clock and a request for one decider: what a test of a decider needs around it.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { actionJsonSchema } from '../../src/actions/index.ts';
import { createDecider } from '../../src/decide/deciders/index.ts';
import { markedProcesses } from '../../src/lib/process-table.ts';
import type { Decider, DeciderRequest } from '../../src/ports.ts';
import { type Layout, layout } from '../../src/store/layout.ts';
import { settingsSchema } from '../../src/world/settings.ts';

export interface DeciderBench {
  readonly home: Layout;
  /** An empty HOME, and a folder for the deciders' own. */
  readonly person: string;
  readonly env: Record<string, string>;
  /** The pauses between tries, in order; none of them takes time. */
  readonly pauses: number[];
  /** All that came from the decider. */
  log(): string;
  decider(settings: Record<string, unknown>): Decider;
  request(parts?: Partial<DeciderRequest>): DeciderRequest;
  script(name: string, text: string): string;
  /** The text of `.decision.json`, or null. */
  decision(): string | null;
  /** Processes that carry this bench's mark. */
  alive(): Promise<number>;
  /** What deciders have left in their temporary folder, lock files not counted. */
  leftovers(): string[];
  close(): void;
}

let benches = 0;

export function deciderBench(env: Record<string, string> = {}): DeciderBench {
  const root = mkdtempSync(join(realpathSync(tmpdir()), 'flyball-decider-'));
  const [home, person, temporary] = [layout(join(root, 'home')), join(root, 'person'), join(root, 'tmp')];
  for (const folder of [home.home, home.machine, person, temporary]) mkdirSync(folder);
  const mark = `test-${process.pid}-${benches++}/1/b7`;
  const all = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', HOME: person, TMPDIR: temporary, ...env };
  const heard: Buffer[] = [];
  const pauses: number[] = [];
  const clock = { now: () => new Date(), monotonicMs: () => performance.now() };
  const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
    pauses.push(ms);
    signal.throwIfAborted();
  };
  return {
    home,
    person,
    env: all,
    pauses,
    log: () => Buffer.concat(heard).toString('utf8'),
    decider: (settings) => {
      const decider = createDecider(settingsSchema.parse({ decider: settings }).decider, { layout: home, env: all, clock, pause });
      if (!decider) throw new Error('these settings ask nobody');
      return decider;
    },
    request: (parts = {}) => ({
      ...{ beat: 7, prompt: 'decide now', schema: actionJsonSchema(), mark, timeoutMs: 60_000, signal: new AbortController().signal },
      log: (bytes) => heard.push(Buffer.from(bytes)),
      ...parts,
    }),
    script: (name, text) => {
      const path = join(home.home, name);
      writeFileSync(path, `#!/bin/bash\n${text}\n`);
      chmodSync(path, 0o755);
      return path;
    },
    decision: () => (existsSync(home.decision) ? readFileSync(home.decision, 'utf8') : null),
    alive: async () => (await markedProcesses()).filter((it) => it.mark === mark).length,
    leftovers: () =>
      readdirSync(temporary, { recursive: true })
        .map(String)
        .filter((name) => !/^[^/]+(\/\d\.lock)?$/.test(name)),
    close: () => rmSync(root, { recursive: true, force: true }),
  };
}
