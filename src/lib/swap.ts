// Two names exchange their files in one step (renameat2 RENAME_EXCHANGE, renamex_np RENAME_SWAP).
import { createRequire } from 'node:module';
import { errorCode } from './error-code.ts';

interface SwapCalls {
  swapSync(from: string, to: string): void;
}

/** False where the file system cannot do it; nothing was changed then. Both names must exist. */
export function trySwap(one: string, other: string): boolean {
  const calls = createRequire(import.meta.url)('fs-native-extensions') as SwapCalls; // untyped package: its documented API
  try {
    calls.swapSync(one, other);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EINVAL' || code === 'ENOSYS' || code === 'ENOTSUP' || code === 'EOPNOTSUPP') return false;
    throw error;
  }
}
