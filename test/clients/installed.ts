// Whether the real agent CLIs are here. They are a package of their own (`npm ci --prefix test/clients`), since
// they weigh hundreds of megabytes and the product needs none of them.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'vitest';

const BIN = join(import.meta.dirname, 'node_modules', '.bin');

/** A suite about a real client; skipped, with the reason in its name, where that client is not installed. */
export function describeClient(name: 'claude' | 'codex' | 'pi', suite: (program: string) => void): void {
  const program = join(BIN, name);
  const here = existsSync(program);
  const why = here ? '' : ' (skipped: not installed; npm ci --prefix test/clients)';
  describe.skipIf(!here)(`the real ${name}${why}`, () => suite(program));
}
