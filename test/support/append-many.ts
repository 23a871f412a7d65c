// A process of its own that appends notes to a home's journal: HOME EPOCH COUNT.
import { openJournal } from '../../src/store/journal.ts';
import { layout } from '../../src/store/layout.ts';

const [home = '', epoch = '', count = ''] = process.argv.slice(2);
const journal = openJournal({ layout: layout(home), now: () => new Date() });
for (let n = 0; n < Number(count); n++) journal.append({ type: 'note', event: 'many', n, pid: process.pid }, Number(epoch));
