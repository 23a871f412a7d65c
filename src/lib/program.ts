// Whether a program can be started, and where it is.
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** A path is looked at as it is, a bare name in the folders of `searchPath` (PATH). */
export function hasProgram(program: string, searchPath: string): boolean {
  const places = program.includes('/')
    ? [program]
    : searchPath.split(delimiter).flatMap((folder) => (folder === '' ? [] : [join(folder, program)]));
  return places.some((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false; // not there, or not to be executed: the same answer
    }
  });
}

/** The absolute path of a bare name, or null. A relative folder in PATH is passed over: it would mean another program in another place. */
export function findProgram(name: string, searchPath: string): string | null {
  const places = searchPath.split(delimiter).filter(isAbsolute);
  const found = places.find((folder) => hasProgram(join(folder, name), '') && statSync(join(folder, name)).isFile());
  return found === undefined ? null : join(found, name);
}
