// Before any test: dist/ is what src/ says now.
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export function setup(): void {
  if (newest(['src', 'build.mjs', 'package.json']) > modified('dist/cli.mjs'))
    execFileSync(process.execPath, ['build.mjs'], { stdio: 'inherit' });
}

function newest(paths: string[]): number {
  return Math.max(
    ...paths.map((path) => (statSync(path).isDirectory() ? newest(readdirSync(path).map((name) => join(path, name))) : modified(path))),
  );
}

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
