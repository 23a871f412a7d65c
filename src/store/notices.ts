// Notices that the machine itself raises: files keyed by id, so that each is raised once. Delivery is another's.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createExclusive, makeFolder } from '../lib/files.ts';
import type { Clock, Notices } from '../ports.ts';
import type { Layout } from './layout.ts';

export function openNotices(layout: Layout, clock: Clock): Notices {
  return {
    raise({ id, message, urgency }) {
      makeFolder(layout.notices);
      const path = join(layout.notices, `${id}.json`);
      if (existsSync(path)) return; // said already: not worth a temporary file
      const notice = { v: 1, id, message, urgency, at: clock.now().toISOString(), state: 'new' };
      createExclusive(path, `${JSON.stringify(notice)}\n`, { durable: false });
    },
  };
}
