// On what kind of file system a folder lies: over a network changes are not announced, and locks may not hold.
import { existsSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** statfs(2) magic numbers of file systems whose other end is another machine, or unknown. */
const REMOTE: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9p'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x65735546, 'FUSE'],
]);

/** Folders of programs that copy files behind one's back, by a name in the path. */
const SYNCED = [
  /\/Dropbox(\/|$)/,
  /\/OneDrive[^/]*(\/|$)/,
  /\/Google Drive(\/|$)/,
  /\/Mobile Documents(\/|$)/,
  /\/Nextcloud(\/|$)/,
  /\/Syncthing(\/|$)/,
];

/** Its name when the folder lies on a network or synced file system, else null. */
export function remoteFileSystem(folder: string): string | null {
  if (SYNCED.some((pattern) => pattern.test(`${folder}/`)) || underSyncthing(folder)) return 'a synced folder';
  return REMOTE.get(Number(statfsSync(folder).type)) ?? null;
}

function underSyncthing(folder: string): boolean {
  for (let at = folder; dirname(at) !== at; at = dirname(at)) if (existsSync(join(at, '.stfolder'))) return true;
  return false;
}
