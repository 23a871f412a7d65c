import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The longest first, so that no core is idle at the end. */
const LONGEST = ['test/model.test.ts', 'test/crash/', 'test/scenarios/', 'test/injections.test.ts'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) =>
      (LONGEST.findIndex((part) => moduleId.includes(part)) + LONGEST.length + 1) % (LONGEST.length + 1);
    return files.toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // One is busy computing while the other waits for processes.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    globalSetup: ['test/support/build.ts'],
    // Real processes, real git, a real built CLI: slow machines need room, and a hang still ends.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
