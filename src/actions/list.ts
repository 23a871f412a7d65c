// The action kinds: a new one is one file beside this one and one line here.
export { archiveGoal } from './archive-goal.ts';
export { askHuman } from './ask-human.ts';
export { dropSchedule } from './drop-schedule.ts';
export { noop } from './noop.ts';
export { removeSensor } from './remove-sensor.ts';
export { restoreGoal } from './restore-goal.ts';
export { runShell } from './run-shell.ts';
export { sendNotification } from './send-notification.ts';
export { writeGoal } from './write-goal.ts';
export { writePlaybook } from './write-playbook.ts';
export { writeSchedule } from './write-schedule.ts';
export { writeSensor } from './write-sensor.ts';
