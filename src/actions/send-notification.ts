// send_notification: tells the person something that needs no answer.
import * as z from 'zod';
import { noticePath } from '../store/layout.ts';
import { cannotBeUndone, defineAction } from './define.ts';
import { observeFiles } from './observe-files.ts';

/** As much as fits a phone's screen twice over; what is longer belongs in a report. */
const MESSAGE_CAP = 2_048;

export const sendNotification = defineAction({
  kind: 'send_notification',
  summary: 'Tell the person something that needs no answer.',
  when: 'The person would want to know now, and nothing has to be decided.',
  risk: 'inert',
  input: z.strictObject({
    message: z.string().trim().min(1).max(MESSAGE_CAP).describe('What to say, in one or two sentences.'),
    urgency: z.enum(['low', 'normal', 'high']).optional().describe('`normal` unless told.'),
  }),
  target: () => null,
  line: ({ message }) => `told you: ${message}`,
  prepare: ({ message, urgency = 'normal' }, { id, now }) => {
    const notice = { v: 1, id, message, urgency, at: now.toISOString(), state: 'new' };
    const change = { path: noticePath(id), before: null, after: `${JSON.stringify(notice)}\n` };
    return { prepared: 'files', changes: [change], note: 'left a notice' };
  },
  // Delivery marks the notice (`trying`, `sent`), so its digest may have moved on: that it is there is enough.
  observe: (intent, look) => observeFiles(intent, look, { presence: true }),
  undo: cannotBeUndone('it only told you something'),
});
