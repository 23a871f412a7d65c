// completion: the script that teaches a shell flyball's words, with live names.
import * as z from 'zod';
import { defineVerb } from './define.ts';

export const completion = defineVerb({
  name: 'completion',
  group: 'house',
  summary: 'Print the completion script of a shell.',
  details: '  zsh   source <(flyball completion zsh)\n  bash  source <(flyball completion bash)\n  fish  flyball completion fish | source',
  home: 'none',
  input: z.strictObject({
    shell: z.enum(['zsh', 'bash', 'fish']).describe('zsh, bash or fish.').meta({ positional: true }),
  }),
  run: async ({ shell }, hands) => {
    const script = await hands.completionScript(shell);
    return { exit: 0, json: { v: 1, shell, script }, text: script };
  },
});
