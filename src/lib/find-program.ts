// Where a program is, by the folders of a PATH.
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** Its absolute path, or null. A relative folder in PATH is passed over: it would mean another program in another place. */
export function findProgram(name: string, path: string): string | null {
  const found = path.split(delimiter).find((folder) => isAbsolute(folder) && isProgram(join(folder, name)));
  return found === undefined ? null : join(found, name);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // not there, or not ours to run
  }
}
