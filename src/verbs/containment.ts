// What contains the code that runs here, as doctor and status say it.

export interface Containment {
  /** Something that is set up here is to run in the sandbox. */
  needed: boolean;
  /** Why the sandbox does not work; null when it does. */
  problem: string | null;
  cure: string | null;
  /** Without it something that is set up here is refused. */
  stops: boolean;
  /** Whose code, and what holds it. */
  parts: { code: string; held: string }[];
}
