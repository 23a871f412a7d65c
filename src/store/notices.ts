// Notices that the machine itself raises: files keyed by id, so that each is raised once. Delivery is another's.
import { join } from 'node:path';
import { createExclusive, makeFolder } from '../lib/files.ts';
import type { Clock, Notices } from '../ports.ts';
import type { Layout } from './layout.ts';

export function openNotices(layout: Layout, clock: Clock): Notices {
  return {
    raise({ id, message, urgency }) {
      makeFolder(layout.notices);
      const notice = { v: 1, id, message, urgency, at: clock.now().toISOString(), state: 'new' };
      createExclusive(join(layout.notices, `${id}.json`), `${JSON.stringify(notice)}\n`, { durable: false });
    },
  };
}
