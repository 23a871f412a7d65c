// The sensor runners: a new one is one file beside this one and one line here.
export { executable } from './executable.ts';
export { nagios } from './nagios.ts';
