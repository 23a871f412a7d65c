// What children of ours find in their environment.
import type { Door } from '../verbs/hands.ts';
import type { Settings } from '../world/settings.ts';

/** What children inherit: the person's environment, what flyball.yaml names, and where the home is. Never a mark or a role of ours. */
export function childEnv(door: Pick<Door, 'env' | 'layout'>, settings: Settings): Record<string, string> {
  const inherited = Object.entries(door.env).filter(([name, value]) => value !== undefined && !name.startsWith('FLYBALL_'));
  return { ...(Object.fromEntries(inherited) as Record<string, string>), ...settings.env, FLYBALL_HOME: door.layout.home };
}
