// The rules of the house, checked on the project's own source. Each rule is first shown a small fault, so
// that a rule that has gone blind fails too.
import { describe, expect, test } from 'vitest';
import { parseSource, readSources, type Source, type Violation } from './support/house.ts';
import { cycles, layerViolations, purityViolations } from './support/house-layers.ts';
import * as rules from './support/house-rules.ts';

const src = readSources('src');
const proof = readSources('test');
const support = proof.filter(({ path }) => path.startsWith('test/support/'));
const everything = [...src, ...proof];

const planted = (path: string, text: string): Source => parseSource(path, `// A planted file.\n${text}\n`);
const each = (sources: readonly Source[], rule: (source: Source) => Violation[]) => sources.flatMap(rule);

describe('direction', () => {
  test('every file has a layer and imports only lower layers and its own, types included', () => {
    expect(layerViolations([planted('src/lib/a.ts', "import type { World } from '../world/world.ts';")])).toEqual([
      'src/lib/a.ts:2: lib may not import src/world/world.ts',
    ]);
    expect(layerViolations([planted('src/odd/a.ts', '')])).toHaveLength(1);
    expect(layerViolations([planted('src/verbs/a.ts', "const b = await import('../beat.ts');")])).toHaveLength(1);
    expect(layerViolations([planted('src/verbs/a.ts', "type B = import('../beat.ts').B;")])).toHaveLength(1);
    expect(layerViolations([planted('src/beat.ts', "import { a } from './store/journal.ts';")])).toHaveLength(1);
    expect(layerViolations([planted('src/store/a.ts', "import { a } from '../beat.ts';")])).toHaveLength(1);
    expect(layerViolations([planted('src/store/a.ts', "import { a } from '../sense/verify.ts';")])).toHaveLength(1);
    expect(layerViolations([planted('src/store/a.ts', "export * from '../sense/verify.ts';")])).toHaveLength(1);
    expect(layerViolations([planted('src/store/a.ts', "import { a } from './layout.ts';\nimport { b } from './b.ts';")])).toEqual([]);

    expect(layerViolations(src)).toEqual([]);
  });

  test('no file reaches itself through its imports, types included', () => {
    const circle = [
      planted('src/lib/a.ts', "import type { B } from './b.ts';"),
      planted('src/lib/b.ts', "import { c } from './c.ts';"),
      planted('src/lib/c.ts', "export type C = import('./a.ts').A;"),
      planted('src/lib/d.ts', "import { c } from './c.ts';"),
    ];
    expect(cycles(circle)).toEqual([['src/lib/a.ts', 'src/lib/b.ts', 'src/lib/c.ts']]);
    expect(cycles([planted('src/lib/a.ts', "import { a } from './a.ts';")])).toEqual([['src/lib/a.ts']]);

    expect(cycles(src)).toEqual([]);
  });

  test('a pure file reaches no clock, environment, chance, disk, process or network, also through others', () => {
    const faults = [
      'Date.now();',
      'new Date();',
      'Math.random();',
      "import { readFileSync } from 'node:fs';",
      "import { randomBytes } from 'node:crypto';",
      'process.exit();',
      'const { env } = process;',
      'await fetch(url);',
      'setTimeout(f, 1);',
    ];
    for (const fault of faults) expect(purityViolations([planted('src/world/a.ts', fault)], rules.touchesOutside), fault).toHaveLength(1);
    const through = [
      planted('src/world/a.ts', "import { b } from '../lib/b.ts';"),
      planted('src/lib/b.ts', 'export const b = Date.now();'),
    ];
    expect(purityViolations(through, rules.touchesOutside)).toEqual(['src/lib/b.ts:2: names Date.now']);
    const harmless = "import type { Stats } from 'node:fs';\nexport const a = { process: new Date(0), fetch: b.process };";
    expect(purityViolations([planted('src/world/a.ts', harmless)], rules.touchesOutside)).toEqual([]);

    expect(purityViolations(src, rules.touchesOutside)).toEqual([]);
  });
});

describe('size', () => {
  test('a file has at most 300 lines', () => {
    expect(rules.fileIsShort(planted('src/a.ts', 'a;\n'.repeat(299)))).toHaveLength(1);
    expect(rules.fileIsShort(planted('src/a.ts', 'a;\n'.repeat(298)))).toEqual([]);

    expect(each(everything, rules.fileIsShort)).toEqual([]);
  });

  test('a function has at most 60 lines', () => {
    const body = (lines: number) => `{\n${'a;\n'.repeat(lines - 2)}}`;
    expect(rules.functionsAreShort(planted('src/a.ts', `function a() ${body(61)}`))).toHaveLength(1);
    expect(rules.functionsAreShort(planted('src/a.ts', `const a = () => ${body(61)};`))).toHaveLength(1);
    expect(rules.functionsAreShort(planted('src/a.ts', `class A { a() ${body(61)} }`))).toHaveLength(1);
    expect(rules.functionsAreShort(planted('src/a.ts', `function a() ${body(60)}`))).toEqual([]);
    expect(rules.functionsAreShort(planted('test/a.ts', `describe('a', () => ${body(90)});`))).toEqual([]);

    expect(each(everything, rules.functionsAreShort)).toEqual([]);
  });

  test('a function takes at most 4 parameters', () => {
    expect(rules.parametersAreFew(planted('src/a.ts', 'function a(b, c, d, e, f) {}'))).toHaveLength(1);
    expect(rules.parametersAreFew(planted('src/a.ts', 'interface A { a(b: 1, c: 1, d: 1, e: 1, f: 1): void }'))).toHaveLength(1);
    expect(rules.parametersAreFew(planted('src/a.ts', 'const a = (b, c, d, e) => b;'))).toEqual([]);

    expect(each(everything, rules.parametersAreFew)).toEqual([]);
  });
});

describe('edges', () => {
  test('only config.ts reads the environment', () => {
    expect(rules.environmentIsReadOnce(planted('src/a.ts', 'process.env.HOME;'))).toHaveLength(1);
    expect(rules.environmentIsReadOnce(planted('src/a.ts', 'const { env } = process;'))).toHaveLength(1);
    expect(rules.environmentIsReadOnce(planted('src/a.ts', "import { env } from 'node:process';"))).toHaveLength(1);
    expect(rules.environmentIsReadOnce(planted('src/a.ts', 'process.kill(1); const a = { process: 1 };'))).toEqual([]);

    expect(each(src, rules.environmentIsReadOnce)).toEqual([]);
  });

  test('only surfaces/ and cli.ts print', () => {
    expect(rules.printingIsForSurfaces(planted('src/a.ts', "console.log('a');"))).toHaveLength(1);
    expect(rules.printingIsForSurfaces(planted('src/a.ts', "process.stderr.write('a');"))).toHaveLength(1);
    expect(rules.printingIsForSurfaces(planted('src/cli.ts', "console.log('a');"))).toEqual([]);

    expect(each(src, rules.printingIsForSurfaces)).toEqual([]);
  });

  test('text becomes values only at a boundary', () => {
    expect(rules.jsonIsParsedAtBoundaries(planted('src/beat.ts', "JSON.parse('1');"))).toHaveLength(1);
    expect(rules.jsonIsParsedAtBoundaries(planted('src/store/a.ts', "JSON.parse('1');"))).toEqual([]);

    expect(each(src, rules.jsonIsParsedAtBoundaries)).toEqual([]);
  });

  test('beyond a boundary a cast carries its reason', () => {
    expect(rules.castsCarryAReason(planted('src/beat.ts', '\nlet a;\nlet b;\nconst c = a as string;'))).toHaveLength(1);
    expect(rules.castsCarryAReason(planted('src/beat.ts', '\nlet a;\nlet b;\nconst c = a as string; // it was checked above'))).toEqual([]);
    expect(rules.castsCarryAReason(planted('src/beat.ts', "\nlet a;\nconst c = ['a'] as const;"))).toEqual([]);

    expect(each(src, rules.castsCarryAReason)).toEqual([]);
  });

  test("only store/layout.ts spells a path of the machine's folder", () => {
    expect(rules.pathsAreSpelledOnce(planted('src/a.ts', "join(home, '.flyball/x');"))).toHaveLength(1);
    expect(rules.pathsAreSpelledOnce(planted('src/a.ts', "say('moved to .flyball/stray/');"))).toEqual([]);

    expect(each(src, rules.pathsAreSpelledOnce)).toEqual([]);
  });

  test('no test sleeps', () => {
    expect(rules.testsDoNotSleep(planted('test/a.ts', 'setTimeout(f, 9);'))).toHaveLength(1);
    expect(rules.testsDoNotSleep(planted('test/a.ts', "import { setTimeout } from 'node:timers/promises';"))).toHaveLength(1);
    expect(rules.testsDoNotSleep(planted('test/a.ts', "const child = 'setTimeout(f, 9)';"))).toEqual([]);

    expect(each(proof, rules.testsDoNotSleep)).toEqual([]);
  });
});

describe('words', () => {
  test('every file of the system says in its first line what it is', () => {
    expect(rules.saysWhatItIs(parseSource('src/a.ts', "import 'b';"))).toHaveLength(1);

    expect(each([...src, ...support], rules.saysWhatItIs)).toEqual([]);
  });

  test('exports have names', () => {
    expect(rules.exportsAreNamed(planted('src/a.ts', 'export default 1;'))).toHaveLength(1);

    expect(each(everything, rules.exportsAreNamed)).toEqual([]);
  });

  test('there are no enums', () => {
    expect(rules.thereAreNoEnums(planted('src/a.ts', 'enum A { B }'))).toHaveLength(1);

    expect(each(everything, rules.thereAreNoEnums)).toEqual([]);
  });

  test('nothing but a registry re-exports', () => {
    expect(rules.thereAreNoBarrels(planted('src/a.ts', "export * from './b.ts';"))).toHaveLength(1);
    expect(rules.thereAreNoBarrels(planted('src/a.ts', "export { b } from './b.ts';"))).toHaveLength(1);
    expect(rules.thereAreNoBarrels(planted('src/actions/index.ts', "export { b } from './b.ts';"))).toEqual([]);

    expect(each(src, rules.thereAreNoBarrels)).toEqual([]);
  });

  test('a name says something', () => {
    const faults = [
      'class JobManager {}',
      'const data = 1;',
      'function doBeat() {}',
      'const f = (info) => 1;',
      'const { a: common } = b;',
      'const parseUtils = 1;',
    ];
    for (const fault of faults) expect(rules.namesSaySomething(planted('src/a.ts', fault)), fault).toHaveLength(1);
    expect(rules.namesSaySomething(planted('src/lib/text-utils.ts', ''))).toHaveLength(1);
    const fine = 'const doneWhen = child.data; const metadata = { item: 1 }; type DoIt = 1;';
    expect(rules.namesSaySomething(planted('src/a.ts', fine))).toEqual([]);

    expect(each(everything, rules.namesSaySomething)).toEqual([]);
  });

  test('nothing is left for later', () => {
    expect(rules.nothingIsLeftForLater(planted('src/a.ts', `// ${'TO'}${'DO'}: more`))).toHaveLength(1);

    expect(each(everything, rules.nothingIsLeftForLater)).toEqual([]);
  });
});
