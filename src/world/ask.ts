// Ask: a question to the person, as kept in .flyball/asks/ID.json. Public shape (DESIGN 19).
export type AskKind = 'question' | 'approval' | 'conflict' | 'budget';
export type AskState = 'open' | 'answered' | 'executing' | 'closed' | 'stranded';

export interface Ask {
  id: string;
  kind: AskKind;
  question: string;
  options: string[] | null;
  /** What choosing an option does, by its label; executed exactly once. */
  actions?: Record<string, unknown>;
  default: string | null;
  default_at: string | null;
  goal: string | null;
  worker: string | null;
  generation: number | null;
  /** What raised it: an action's id (`b42`), so that it is never raised twice. */
  ref: string | null;
  decision: Record<string, unknown> | null;
  hash: string | null;
  at: string;
  expires_at: string | null;
  state: AskState;
  answer: string | null;
  answered_at: string | null;
  answered_by: 'person' | 'default' | null;
}

/** Nobody reads the fifty-first. */
export const OPEN_ASKS_CAP = 50;
