// The pages of docs/ that follow from the registries: actions, verbs, config.
import { actionDocs } from '../../actions/index.ts';
import { settingFields, variable } from '../../config-text.ts';
import { type Field, fieldsOf } from '../../lib/fields.ts';
import { GROUPS, type VerbFacts } from '../../verbs/facts.ts';
import { metaOf } from './argv.ts';

const DERIVED = '<!-- Written by `npm run docs` from the source; a test fails when it is stale. -->';

export function pages(verbs: readonly VerbFacts[]): Record<string, string> {
  return {
    'docs/actions.md': page('Actions', 'What a decider may choose: one of these a beat, or nothing.', actionDocs()),
    'docs/verbs.md': page(
      'Verbs',
      'What a person may ask of flyball. On every verb: `--json`, `-o wide|name`, `--home DIR`, `--set KEY=VALUE`, `--debug`.',
      verbDocs(verbs),
    ),
    'docs/config.md': page(
      'Configuration',
      'Every setting of `flyball.yaml`. Unknown keys are errors. Default < file < environment < `--set`.',
      configDocs(),
    ),
  };
}

function page(title: string, intro: string, body: string): string {
  return `# ${title}\n\n${DERIVED}\n\n${intro}\n\n${body.trimEnd()}\n`;
}

function verbDocs(verbs: readonly VerbFacts[]): string {
  return GROUPS.flatMap((group) => {
    const members = verbs.filter((verb) => verb.group === group && !verb.hidden);
    return members.length === 0 ? [] : [`## ${group}`, ...members.map(verbDoc)];
  }).join('\n\n');
}

function verbDoc(verb: VerbFacts): string {
  const fields = fieldsOf(verb.input);
  const words = fields.filter((field) => metaOf(field).positional).map(word);
  const rows = fields.map((field) => `- \`${spelling(field)}\` ${field.sentence}`);
  return [
    `### flyball ${[verb.name, ...words].join(' ')}`,
    verb.summary,
    ...(rows.length > 0 ? [rows.join('\n')] : []),
    ...(verb.details ? [verb.details] : []),
  ].join('\n\n');
}

function word(field: Field): string {
  const name = field.name.toUpperCase();
  const many = metaOf(field).positional === 'variadic' ? '…' : '';
  return field.required ? `${name}${many}` : `[${name}${many}]`;
}

function spelling(field: Field): string {
  const meta = metaOf(field);
  if (meta.positional) return field.name.toUpperCase();
  const flag = `--${field.name.replaceAll('_', '-')}`;
  return `${meta.short ? `-${meta.short}, ` : ''}${flag}${field.type === 'boolean' ? '' : ' VALUE'}`;
}

function configDocs(): string {
  const rows = settingFields().map(({ path, field }) => {
    const choices = field.choices ? ` One of ${field.choices.join(', ')}.` : '';
    const plain = field.type !== 'list' && field.type !== 'map';
    return `- \`${path}\`${plain ? ` (\`${variable(path)}\`)` : ''}: ${field.sentence}${choices}${nested(field)}`;
  });
  return rows.join('\n');
}

/** The fields of each entry of a list. */
function nested(field: Field): string {
  return field.fields.map((inner) => `\n  - \`${inner.name}\`${inner.required ? '' : ' (optional)'}: ${inner.sentence}`).join('');
}
