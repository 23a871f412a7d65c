// Which file a sensor's name means: `sensors/NAME` or `sensors/NAME.ext`.
import { isId } from '../lib/id.ts';
import type { HomeFiles } from '../ports.ts';
import { sensorPath } from '../store/layout.ts';

export type SensorFile = { found: 'one'; path: string } | { found: 'none'; path: string } | { found: 'several'; problem: string };

/** The sensor's file, or the path that a new one would get. The file's own name is understood too (`disk.sh`). */
export function sensorFile(name: string, files: HomeFiles): SensorFile {
  const names = files.list('sensors').filter((file) => file !== 'README.md');
  if (names.includes(name)) return { found: 'one', path: sensorPath(name) };
  const same = names.filter((file) => isId(file) && file.replace(/\.[^.]*$/, '') === name);
  if (same.length > 1)
    return {
      found: 'several',
      problem: `${same.map(sensorPath).join(' and ')} are both the sensor ${name}; one of them needs another name`,
    };
  const [file] = same;
  return file === undefined ? { found: 'none', path: sensorPath(name) } : { found: 'one', path: sensorPath(file) };
}
