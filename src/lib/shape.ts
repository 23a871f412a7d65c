// The shape of what we wrote ourselves, looked at when it is read back. Where files are read at each start this
// stands in for zod, which would take longer to load than the file takes to read.

export type Test = (value: unknown) => boolean;

export const isText: Test = (value) => typeof value === 'string';
export const isNumber: Test = (value) => typeof value === 'number';
export const isInteger: Test = (value) => Number.isSafeInteger(value);
export const isCount: Test = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
export const isTime: Test = (value) => typeof value === 'string' && Number.isFinite(Date.parse(value));
/** Whatever JSON can hold. */
export const isThere: Test = (value) => value !== undefined;

export function isOneOf(...words: readonly unknown[]): Test {
  return (value) => words.includes(value);
}

export function orNull(test: Test): Test {
  return (value) => value === null || test(value);
}

export function isListOf(test: Test): Test {
  return (value) => Array.isArray(value) && value.every(test);
}

export function isMapOf(test: Test): Test {
  return (value) => typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(test);
}

/** An object with all these fields; others may stand beside them. The compiler sees to it that none of T's is forgotten. */
export function isShaped<T>(fields: { readonly [Key in keyof T]-?: Test }): (value: unknown) => value is T {
  const tests = Object.entries<Test>(fields);
  return (value): value is T =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    tests.every(([name, test]) => test((value as Record<string, unknown>)[name])); // an object, by the lines above
}
