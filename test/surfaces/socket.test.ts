// person.sock: what is said over it, what is refused, and what survives a rude client.
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { layout } from '../../src/store/layout.ts';
import { beatByPulse, pingPulse, tellPulseToEnd } from '../../src/surfaces/socket/client.ts';
import { type PersonAnswers, type Pong, PROTOCOL, REQUEST_BYTES } from '../../src/surfaces/socket/protocol.ts';
import { servePerson } from '../../src/surfaces/socket/server.ts';
import type { BeatRecord } from '../../src/world/record.ts';

const PONG: Pong = { pid: 42, epoch: 7, since: '2026-01-01T00:00:00.000Z', busy: null };
const never = new AbortController().signal;
const uid = process.getuid?.() ?? 0;

function place() {
  const home = mkdtempSync(join(tmpdir(), 'flyball-sock-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const at = layout(home);
  mkdirSync(at.machine, { mode: 0o700 });
  const said: string[] = [];
  return { at, env: {}, uid, version: '1.0.0', said, say: (line: string) => said.push(line) };
}

async function served(answers: Partial<PersonAnswers> = {}) {
  const line = place();
  const whole: PersonAnswers = { ping: () => PONG, beat: async () => ({ v: 1, did: 'rested' }) as BeatRecord, down: () => {}, ...answers }; // as much of a record as this test looks at
  const server = await servePerson(line, whole);
  onTestFinished(() => server.close());
  return { line, server };
}

/** All that the server says to these bytes, until it ends the talk or has said `lines` lines. */
function converse(path: string, bytes: string, lines: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    let heard = '';
    const done = () => {
      socket.destroy();
      resolve(heard.split('\n').filter((line) => line !== ''));
    };
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', (text: string) => {
      heard += text;
      if (heard.split('\n').length > lines) done();
    });
    socket.on('close', done);
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' || error.code === 'ECONNRESET' ? done() : reject(error)));
  });
}

test('ping, beat and down are answered, and only the person may open the socket', async () => {
  let ended = false;
  const { line, server } = await served({
    down: () => {
      ended = true;
    },
  });
  expect(statSync(server.path).mode & 0o777).toBe(0o600);
  expect(await pingPulse(line)).toMatchObject({ answered: true, result: { running: true, pid: 42, epoch: 7, version: '1.0.0' } });
  expect(await beatByPulse(line, { force: true, signal: never })).toMatchObject({ answered: true, result: { did: 'rested' } });
  expect(await tellPulseToEnd(line)).toMatchObject({ answered: true });
  expect(ended).toBe(true);
  expect(line.said).toEqual([]);
});

test('nobody there is absent, also when a dead pulse left its socket', async () => {
  const line = place();
  expect(await pingPulse(line)).toEqual({ answered: false, why: 'absent' });
  writeFileSync(line.at.personSocket, '');
  expect(await pingPulse(line)).toEqual({ answered: false, why: 'refused' });
  const server = await servePerson(line, { ping: () => PONG, beat: () => Promise.reject(new Error('unused')), down: () => {} });
  onTestFinished(() => server.close());
  expect(await pingPulse(line)).toMatchObject({ answered: true });
});

test('another version is a warning with a cure, another protocol a refusal with one', async () => {
  const { line } = await served();
  await pingPulse({ ...line, version: '2.0.0' });
  expect(line.said).toEqual([expect.stringMatching(/pulse is flyball 1\.0\.0, this is 2\.0\.0.*flyball down && flyball up/)]);

  const other = place();
  const stranger: Server = createServer((socket) => socket.write(`${JSON.stringify({ flyball: PROTOCOL + 1, version: '9.0.0' })}\n`));
  await new Promise<void>((resolve) => stranger.listen(other.at.personSocket, resolve));
  onTestFinished(() => void stranger.close());
  await expect(pingPulse(other)).rejects.toMatchObject({
    message: expect.stringContaining('another protocol'),
    hint: 'flyball down && flyball up',
  });
});

test('a failed beat comes back as what it was, and the server goes on', async () => {
  const { line } = await served({ beat: () => Promise.reject(new Error('the disk is on fire')) });
  await expect(beatByPulse(line, { force: false, signal: never })).rejects.toThrow('the disk is on fire');
  expect(await pingPulse(line)).toMatchObject({ answered: true });
});

test.each([
  ['no JSON', 'hello\n'],
  ['an unknown method', '{"id":1,"method":"reboot"}\n'],
  ['an extra field', '{"id":1,"method":"ping","x":1}\n'],
  ['a wrong type', '{"id":1,"method":"beat","force":"yes"}\n'],
])('%s is refused in words, and the next asker is served', async (_what, bytes) => {
  const { line, server } = await served();
  const [hello, answer] = await converse(server.path, bytes, 2);
  expect(JSON.parse(hello ?? '')).toEqual({ flyball: PROTOCOL, version: '1.0.0' });
  expect(JSON.parse(answer ?? '')).toMatchObject({ error: { code: 2, hint: expect.stringContaining('flyball down') } });
  expect(await pingPulse(line)).toMatchObject({ answered: true });
});

test('a line without end is cut off, not collected', async () => {
  const { line, server } = await served();
  const heard = await converse(server.path, 'x'.repeat(REQUEST_BYTES * 3), 2);
  expect(heard.length).toBeLessThanOrEqual(2);
  expect(await pingPulse(line)).toMatchObject({ answered: true });
});

test('many connections are bounded, and those that are turned away hurt nobody', async () => {
  const { line, server } = await served();
  const held = await Promise.all(
    Array.from({ length: 60 }, async () => {
      const socket = createConnection(server.path);
      socket.on('error', () => {});
      await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
      return socket;
    }),
  );
  for (const socket of held) socket.destroy();
  await Promise.all(held.map((socket) => socket.closed || new Promise((resolve) => socket.once('close', resolve))));
  expect(await pingPulse(line)).toMatchObject({ answered: true });
});
