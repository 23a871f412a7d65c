// One commit as a stream for `git fast-import`: exact bytes, any file name, one process.
import { createHash } from 'node:crypto';

export interface TreeChange {
  /** With `/` between its parts. */
  path: string;
  /** Null: the path is gone. */
  file: { mode: '100644' | '100755' | '120000'; bytes: Uint8Array } | null;
}

export interface CommitText {
  ref: string;
  /** The commit to go on from; null for the first. */
  parent: string | null;
  author: string;
  at: Date;
  message: string;
  changes: readonly TreeChange[];
}

/** The last command prints the new commit's name on stdout. */
export function commitStream(commit: CommitText): Buffer {
  const who = `${commit.author} <${commit.author}@localhost> ${Math.floor(commit.at.getTime() / 1000)} +0000`;
  const parts: Uint8Array[] = [];
  const say = (line: string) => parts.push(Buffer.from(`${line}\n`));
  const payload = (bytes: Uint8Array) => {
    say(`data ${bytes.length}`);
    parts.push(bytes, Buffer.from('\n'));
  };
  say(`commit ${commit.ref}`);
  say('mark :1');
  say(`author ${who}`);
  say(`committer ${who}`);
  payload(Buffer.from(commit.message));
  if (commit.parent !== null) say(`from ${commit.parent}`);
  for (const { path, file } of commit.changes) {
    if (file === null) say(`D ${quoted(path)}`);
    else {
      say(`M ${file.mode} inline ${quoted(path)}`);
      payload(file.bytes);
    }
  }
  say('');
  say('get-mark :1');
  say('done');
  return Buffer.concat(parts);
}

/** The name that git gives to these bytes as a blob. */
export function blobName(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

function quoted(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
