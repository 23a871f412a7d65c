// A way through the program that was built without some of its packages: it may find that it needs one after all.

let missed: string | null = null;

/** @public build.mjs writes calls of it: where a package was left out of the bundle. What was begun is abandoned; whoever began it does it the whole way. */
export function leftOut(what: string): never {
  missed ??= what;
  throw new Error(`${what} is not part of the short way`);
}

/** What the short way was found to need, if anything: also where somebody has caught the error. */
export function missing(): string | null {
  return missed;
}
