// What children of ours find in their environment.
import type { Door } from '../verbs/hands.ts';
import type { Settings } from '../world/settings.ts';

/** The person's environment, what flyball.yaml names, and where the home is. Never a mark or a role of ours. */
export function childEnv(door: Pick<Door, 'env' | 'layout'>, settings: Settings): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(door.env)) {
    if (value !== undefined && !name.startsWith('FLYBALL_')) env[name] = value;
  }
  return { ...env, ...settings.env, FLYBALL_HOME: door.layout.home };
}
