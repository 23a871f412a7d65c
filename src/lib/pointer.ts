// JSON Pointer (RFC 6901).
import { isPlainObject } from './digest.ts';

export function toPointer(segments: readonly string[]): string {
  let pointer = '';
  for (const segment of segments) pointer += `/${/[~/]/.test(segment) ? segment.replaceAll('~', '~0').replaceAll('/', '~1') : segment}`;
  return pointer;
}

function fromPointer(pointer: string): string[] | null {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return null;
  return pointer
    .slice(1)
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What the pointer points at; `found: false` when it points at nothing (own properties only). */
export function resolvePointer(root: unknown, pointer: string): { found: true; value: unknown } | { found: false } {
  const segments = fromPointer(pointer);
  if (!segments) return { found: false };
  let value = root;
  for (const segment of segments) {
    if (Array.isArray(value) && /^(0|[1-9]\d*)$/.test(segment) && Number(segment) < value.length) value = value[Number(segment)];
    else if (isPlainObject(value) && Object.hasOwn(value, segment)) value = value[segment];
    else return { found: false };
  }
  return { found: true, value };
}
