// Changes keys of a YAML mapping and leaves everything else, comments too, as the person wrote it.
import { isMap, parseDocument } from 'yaml';

/** Null when the text is no mapping. A key whose new value is undefined is removed. */
export function editYaml(text: string, changes: Readonly<Record<string, unknown>>): string | null {
  const document = parseDocument(text);
  if (document.errors.length > 0 || (document.contents !== null && !isMap(document.contents))) return null;
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) document.delete(key);
    else document.set(key, value);
  }
  return isMap(document.contents) && document.contents.items.length === 0 ? '' : document.toString({ lineWidth: 0 });
}
