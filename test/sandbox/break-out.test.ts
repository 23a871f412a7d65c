// A command in the sandbox that tries to get out. Each test is one way, and what it is held by.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BoxedHome, boxedHome, liveArguments, noSandboxHere } from '../support/boxed-home.ts';
import { filesUnder } from '../support/home-cli.ts';

const none = await noSandboxHere();
let box: BoxedHome;
let outside: ChildProcess;
const servers: Server[] = [];

beforeEach(() => {
  box = boxedHome();
  outside = spawn('sleep', ['1000']);
});
afterEach(async () => {
  outside.kill('SIGKILL');
  for (const server of servers.splice(0)) server.close();
  expect(await box.alive()).toBe(0);
  box.remove();
});

/** What it printed, without the last newline. */
const said = async (cmd: string) => (await box.inside(cmd)).tail.trimEnd();
/** Tries each line by itself and says which went well. */
const tried = (lines: readonly string[]) =>
  said(['exec 2>/dev/null', ...lines.map((line) => `(${line}) >/dev/null 2>&1 && echo ${JSON.stringify(line)}`)].join('\n'));
const listening = (options: { path: string } | { port: number; host: string }) =>
  new Promise<Server>((resolve) => {
    const server = createServer((socket) => socket.end('hello'));
    servers.push(server);
    server.listen(options, () => resolve(server));
  });
/** A line of Perl that says how a system call ended. */
const perl = (line: string) => `perl -MSocket -MFcntl -e '${line}'`;

const inSandbox = (does: string, body: () => void) =>
  describe.skipIf(none !== null)(`a command in the sandbox ${does}${none ? ` (skipped: ${none})` : ''}`, body);
inSandbox('writes', () => {
  test('neither the home, nor its policy files, its hooks, its decision, nor STOP', async () => {
    const before = filesUnder(box.home, ['.flyball', 'reports']);
    const files = [
      'x',
      'PLAYBOOK.md',
      'flyball.yaml',
      'goals/a.md',
      'goals/b.md',
      'sensors/s.sh',
      '.git/hooks/sample',
      '.git/hooks/pre-commit',
    ];
    const lines = [...files, '.decision.json', 'STOP', 'journal.md', 'reports/x'].map((file) => `echo evil >> ${file}`);
    expect(await tried([...lines, 'rm -rf goals', 'mv goals other', 'chmod 777 .', 'rmdir reports/shell', 'mv reports other'])).toBe('');
    expect(filesUnder(box.home, ['.flyball', 'reports'])).toEqual(before);
  });

  test('nothing of the system', async () => {
    expect(await tried(['touch /etc/x', 'touch /usr/bin/x', 'touch /var/x', 'touch /run/x', 'touch /dev/x', 'touch /sys/x'])).toBe('');
  });

  test('nothing beside the home: what it makes there is in a /tmp of its own', async () => {
    await box.inside(`echo x > ${box.root}/x; echo y > /tmp/flyball-y-${process.pid}`);
    expect([existsSync(join(box.root, 'x')), existsSync(`/tmp/flyball-y-${process.pid}`)]).toEqual([false, false]);
  });

  test('what stays in reports/shell and nowhere else', async () => {
    expect(await said('pwd; echo kept > "$FLYBALL_REPORT/a"; echo gone > /tmp/a; echo gone > ~/a; cat reports/shell/a')).toBe(
      `${box.home}\nkept`,
    );
    expect(box.read('home/reports/shell/a')).toBe('kept\n');
    expect(existsSync(join(box.user, 'a'))).toBe(false);
    expect(await said('cat /tmp/a ~/a 2>&1 | grep -c "No such file"')).toBe('2');
  });

  test('not the person’s files, which it does not even see', async () => {
    expect(await said('ls -A ~; cat ~/.ssh/id; echo evil >> ~/.bashrc; echo end')).toMatch(/No such file.*\nend$/s);
    expect(box.read('user/.bashrc')).toBe('alias x=y\n');
  });

  test('no kernel setting, also as root', async () => {
    expect(
      await tried(['echo x > /proc/sys/kernel/core_pattern', 'echo 1 > /proc/sys/vm/drop_caches', 'echo h > /proc/sysrq-trigger']),
    ).toBe('');
  });

  test('at most 512 MiB into each private folder, and no file of more than 1 GiB', async () => {
    const lines = [
      'head -c 600M /dev/zero > /tmp/x',
      'rm -f /tmp/x; head -c 600M /dev/zero > /dev/shm/x',
      'truncate -s 2G reports/shell/x',
    ];
    expect(await tried(lines)).toBe('');
  });
});

inSandbox('reads', () => {
  test('nothing of .flyball', async () => {
    expect(await said('ls -A .flyball; cat .flyball/owner.json 2>/dev/null; touch .flyball/x 2>/dev/null; echo end')).toBe('end');
    expect(existsSync(join(box.layout.machine, 'x'))).toBe(false);
  });

  test('no secret of the person’s environment, unless it is named in `env`', async () => {
    expect(await said("cat /proc/[0-9]*/environ | tr '\\0' '\\n' | grep -c -e hunter2 -e agent.sock")).toBe('0');
    box.settings = { env: { NAMED: 'yes' } };
    expect(await said('echo "$NAMED $FLYBALL_HOME"')).toBe(`yes ${box.home}`);
  });

  test('nothing through a descriptor that we had open', async () => {
    expect(await said('ls -l /proc/self/fd | grep -v -e " [012] -> " -e /proc/ -e total; echo end')).toBe('end');
  });

  test('nothing through the root of another process', async () => {
    expect(
      await tried([`cat /proc/1/root${box.user}/.ssh/id`, `touch /proc/1/root${box.home}/x`, `cat /proc/${process.pid}/environ`]),
    ).toBe('');
  });
});

inSandbox('reaches', () => {
  const connect = (address: string) => perl(`socket(S,PF_UNIX,SOCK_STREAM,0) and connect(S,${address}) and print "in" or print "$!"`);

  test('no socket in the file system, wherever it lies, with the network too', async () => {
    await listening({ path: box.layout.personSocket });
    await listening({ path: join(box.root, 'agent.sock') });
    for (const network of [false, true]) {
      box.settings = { shell: { network } };
      for (const path of [box.layout.personSocket, join(box.root, 'agent.sock')])
        expect(await said(connect(`pack_sockaddr_un("${path}")`))).toBe('Operation not permitted');
    }
    expect(await said('ls -A /run')).toBe('');
  });

  test('no abstract socket, with the network too', async () => {
    const name = `flyball-${process.pid}`;
    await listening({ path: `\0${name}` });
    for (const network of [false, true]) {
      box.settings = { shell: { network } };
      expect(await said(connect(`pack("Sa*",AF_UNIX,"\\0${name}")`))).toBe('Operation not permitted');
    }
    expect(await said(perl('socketpair(A,B,PF_UNIX,SOCK_DGRAM,0) and print "in" or print "$!"'))).toBe('Operation not permitted');
  });

  test('no port of this machine, unless the network is left to it', async () => {
    const server = await listening({ port: 0, host: '127.0.0.1' });
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const look = `(cat < /dev/tcp/127.0.0.1/${port}) 2>/dev/null; echo end`;
    expect(await said(look)).toBe('end');
    box.settings = { shell: { network: true } };
    expect(await said(look)).toBe('helloend');
  });

  test('no process outside: neither to signal, nor to trace, nor to see', async () => {
    const pids = [process.pid, outside.pid];
    expect(await tried(pids.flatMap((pid) => [`kill -9 ${pid}`, `kill -0 ${pid}`, `ls /proc/${pid}`]))).toBe('');
    expect(Number(await said('ls /proc | grep -c "^[0-9]"'))).toBeLessThan(10);
  });

  test('only its own processes with kill -9 -1', async () => {
    expect(await box.inside('kill -9 -1; echo alone')).toMatchObject({ end: 'exit', exit: 0, tail: expect.stringMatching(/alone\n$/) });
    expect(outside.exitCode ?? outside.signalCode).toBeNull();
  });

  test('no terminal: there is none, and none can be typed into', async () => {
    expect(await tried(['echo x > /dev/tty'])).toBe('');
    expect(await said(perl('$c = "x"; ioctl(STDIN, 0x5412, $c) or print "$!"'))).toBe('Operation not permitted');
  });
});

inSandbox('becomes', () => {
  test('nobody with a capability, and no setuid program gives it one', async () => {
    expect(await said('grep -c -E "^Cap[A-Z][a-z]+:\\s0+$" /proc/self/status; grep NoNewPrivs /proc/self/status')).toBe(
      '5\nNoNewPrivs:\t1',
    );
  });

  test('neither the owner of a mount nor of a name space', async () => {
    const mounts = ['mount -t tmpfs x /mnt', `mount -o remount,rw ${box.home}`, `umount ${box.layout.machine}`, `umount -l ${box.user}`];
    expect(
      await tried([...mounts, 'unshare -U true', 'unshare -Urm true', 'unshare -m true', 'nsenter -t 1 -m true', 'chroot / true']),
    ).toBe('');
  });

  test.runIf(process.arch === 'x64')('nobody who uses keys, bpf, or sockets by io_uring', async () => {
    const call = (number: number) => perl(`print syscall(${number},0,0,0,0,0), " ", $!+0, "\\n"`);
    expect(await said([250, 321, 425, 0x40000000 + 41].map(call).join('\n'))).toBe('-1 1\n-1 1\n-1 38\n-1 38');
  });
});

inSandbox('leaves', () => {
  test('no process behind, in whatever session it hides and without its mark', async () => {
    await box.inside('setsid sleep 1234567 & (setsid env -i sleep 1234567 &) ; sleep 0.1');
    expect(await box.alive()).toBe(0);
    expect(liveArguments()).not.toContain('1234567');
  });

  test('no process behind at its deadline', async () => {
    const end = await box.inside('trap "" TERM; (setsid env -i sleep 7654321 &) ; sleep 7654321', { timeoutMs: 1_000 });
    expect(end).toMatchObject({ end: 'timeout', exit: null });
    expect(liveArguments()).not.toContain('7654321');
  });

  test('no more than 2048 processes at a time: root alone the kernel does not hold to that, and the deadline does', async () => {
    expect(await said('ulimit -u; ulimit -Hu; ulimit -c; cat /proc/self/oom_score_adj')).toBe('2048\n2048\n0\n1000');
  });

  test('no link that anybody follows', async () => {
    await box.inside(
      'cd reports/shell && ln -s ../../goals out && ln -s /etc/passwd in && (echo evil > out/x; true); ln ../../PLAYBOOK.md hard; true',
    );
    expect(readdirSync(join(box.home, 'goals'))).toEqual(['a.md']);
    expect(existsSync(join(box.layout.shellReports, 'hard'))).toBe(false);
    rmSync(box.layout.shellReports, { recursive: true });
    symlinkSync(box.user, box.layout.shellReports);
    expect(await box.inside('echo evil > reports/shell/x')).toMatchObject({
      end: 'spawn',
      problem: expect.stringContaining('is a link'),
    });
    expect(existsSync(join(box.user, 'x'))).toBe(false);
  });
});
