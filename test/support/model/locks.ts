// Kernel locks of one process at a time: held until released, or until the holder dies.
const held = new Set<string>();

export function freeLocks(): void {
  held.clear();
}

export function tryLock(path: string): { release(): void } | null {
  if (held.has(path)) return null;
  held.add(path);
  return { release: () => void held.delete(path) };
}

export function withLock<T>(path: string, _patienceMs: number, work: () => T): T {
  const lock = tryLock(path);
  if (!lock) throw new Error(`the lock ${path} is held by this very process`);
  try {
    return work();
  } finally {
    lock.release();
  }
}
