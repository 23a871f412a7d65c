// Whether a program can be started.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

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
