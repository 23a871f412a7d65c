// A filter of system calls for a sandboxed process, as the bytes that `bwrap --seccomp` loads (classic BPF).
// It closes the doors that no mount and no namespace closes: sockets of the file system (agents, containers, message
// buses, wherever they lie), the kernel's key rings, new user namespaces, input to a terminal, io_uring (which would
// make sockets past this filter). Everything else is left to the namespaces.

/** An instruction: code, jump when true, jump when false, constant. */
type Instruction = readonly [code: number, yes: number, no: number, k: number];

const LOAD = 0x20;
const IF_EQUAL = 0x15;
const IF_AT_LEAST = 0x35;
const IF_ANY_BIT = 0x45;
const AND = 0x54;
const RETURN = 0x06;

const ALLOW = 0x7fff0000;
const ERRNO = 0x00050000;
const EPERM = ERRNO | 1;
/** "There is no such call": what a program then does without. */
const ENOSYS = ERRNO | 38;

/** Where the kernel puts what is asked for; of an argument the lower half is enough for all that is compared here. */
const NUMBER = 0;
const ARCHITECTURE = 4;
const argument = (index: number) => 16 + 8 * index;

const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const SOCK_STREAM = 1;
const SOCK_SEQPACKET = 5;
const CLONE_NEWUSER = 0x10000000;
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
/** Calls of the x32 kind carry this bit under the same architecture. */
const X32 = 0x40000000;

interface Machine {
  /** AUDIT_ARCH_… */
  architecture: number;
  x32: boolean;
  socket: number;
  socketpair: number;
  ioctl: number;
  clone: number;
  unshare: number;
  /** Refused whatever their arguments: keys, foreign name spaces and memory, and what only widens the kernel's surface. */
  refused: readonly number[];
}

// The same numbers on both from 424 on: pidfd_getfd.
const REFUSED = [438];
/** io_uring_setup, clone3: programs fall back to what stands above. */
const UNKNOWN = [425, 435];

const MACHINES: Readonly<Record<string, Machine>> = {
  x64: {
    architecture: 0xc000003e,
    x32: true,
    socket: 41,
    socketpair: 53,
    ioctl: 16,
    clone: 56,
    unshare: 272,
    // add_key request_key keyctl · setns · process_vm_readv process_vm_writev · bpf perf_event_open userfaultfd · open_by_handle_at
    refused: [248, 249, 250, 308, 310, 311, 321, 298, 323, 304, ...REFUSED],
  },
  arm64: {
    architecture: 0xc00000b7,
    x32: false,
    socket: 198,
    socketpair: 199,
    ioctl: 29,
    clone: 220,
    unshare: 97,
    refused: [217, 218, 219, 268, 270, 271, 280, 241, 282, 265, ...REFUSED],
  },
};

/** The filter for a machine as Node names it (`process.arch`); null where the numbers are not known. */
export function callFilter(arch: string): Buffer | null {
  const machine = Object.hasOwn(MACHINES, arch) ? MACHINES[arch] : undefined;
  if (!machine) return null;
  const program: Instruction[] = [
    [LOAD, 0, 0, ARCHITECTURE],
    [IF_EQUAL, 1, 0, machine.architecture],
    [RETURN, 0, 0, ENOSYS], // a 32-bit program's calls have other numbers
    [LOAD, 0, 0, NUMBER],
    ...(machine.x32
      ? ([
          [IF_AT_LEAST, 0, 1, X32],
          [RETURN, 0, 0, ENOSYS],
        ] as const)
      : []),
    ...machine.refused.flatMap((call) => when(call, [[RETURN, 0, 0, EPERM]])),
    ...UNKNOWN.flatMap((call) => when(call, [[RETURN, 0, 0, ENOSYS]])),
    ...when(machine.socket, only(argument(0), [AF_INET, AF_INET6, AF_NETLINK])),
    ...when(machine.socketpair, only(argument(1), [SOCK_STREAM, SOCK_SEQPACKET], 0xf)), // a pair of the other kinds can be turned on a third
    ...when(machine.ioctl, never(argument(1), [TIOCSTI, TIOCLINUX])),
    ...[machine.clone, machine.unshare].flatMap((call) => when(call, withoutBit(argument(0), CLONE_NEWUSER))),
    [RETURN, 0, 0, ALLOW],
  ];
  return bytesOf(program);
}

/** `body` ends in a verdict on every path; for any other call it is passed over. */
function when(call: number, body: readonly Instruction[]): Instruction[] {
  return [[IF_EQUAL, 0, body.length, call], ...body];
}

function only(at: number, values: readonly number[], mask?: number): Instruction[] {
  return [
    [LOAD, 0, 0, at],
    ...(mask === undefined ? [] : ([[AND, 0, 0, mask]] as const)),
    ...values.flatMap((value): Instruction[] => [
      [IF_EQUAL, 0, 1, value],
      [RETURN, 0, 0, ALLOW],
    ]),
    [RETURN, 0, 0, EPERM],
  ];
}

function never(at: number, values: readonly number[]): Instruction[] {
  return [
    [LOAD, 0, 0, at],
    ...values.flatMap((value): Instruction[] => [
      [IF_EQUAL, 0, 1, value],
      [RETURN, 0, 0, EPERM],
    ]),
    [RETURN, 0, 0, ALLOW],
  ];
}

function withoutBit(at: number, bit: number): Instruction[] {
  return [
    [LOAD, 0, 0, at],
    [IF_ANY_BIT, 0, 1, bit],
    [RETURN, 0, 0, EPERM],
    [RETURN, 0, 0, ALLOW],
  ];
}

/** Eight bytes each: u16 code, u8, u8, u32. Both machines are little-endian. */
function bytesOf(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(8 * program.length);
  for (const [index, [code, yes, no, k]] of program.entries()) {
    const at = 8 * index;
    bytes.writeUInt16LE(code, at);
    bytes.writeUInt8(yes, at + 2);
    bytes.writeUInt8(no, at + 3);
    bytes.writeUInt32LE(k >>> 0, at + 4);
  }
  return bytes;
}
