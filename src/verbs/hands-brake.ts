// What `stop`, `resume` and `status` ask of the brake.

export interface Brake {
  /** What STOP says; null while it is not there. */
  stopped(): Promise<StopState | null>;
  /** Writes STOP and freezes everything itself, whoever else does. Rejects when STOP could not be written. */
  stop(wish: { reason: string; keepWorkers: boolean }): Promise<Stopped>;
  /** What STOP has stopped and nobody has continued. */
  frozen(): Promise<ProcessName[]>;
  /** Removes STOP and lets everything go on, children before parents. */
  resume(): Promise<{ stopped: boolean; continued: ProcessName[]; left: ProcessName[] }>;
}

export interface StopState {
  since: string;
  reason: string;
  keep_workers: boolean;
}

export interface Stopped {
  stop: StopState;
  /** How many processes stand still. */
  frozen: number;
  /** Those that could not be stopped. */
  left: number[];
  /** False: new ones came faster than they could be stopped. */
  settled: boolean;
}

export interface ProcessName {
  pid: number;
  name: string;
}
