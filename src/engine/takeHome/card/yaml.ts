/** The front matter of a model card: the small part of YAML that it needs, in a form that every reader takes alike. */

export type Yaml = string | number | boolean | readonly Yaml[] | { readonly [key: string]: Yaml | undefined };

/** Keys without a value are left out. */
export function frontMatterOf(fields: { readonly [key: string]: Yaml | undefined }): string {
  return `---\n${block(fields, '')}---\n`;
}

function block(value: Yaml, indent: string): string {
  if (isList(value)) return value.map((item) => `${indent}-${nested(item, `${indent}  `, true)}`).join('');
  if (typeof value !== 'object') return `${indent}${scalar(value)}\n`;
  return Object.entries(value)
    .flatMap(([key, own]) => (own === undefined ? [] : [`${indent}${key}:${nested(own, `${indent}  `, false)}`]))
    .join('');
}

/** What stands behind a dash or a colon; a map begins in the line of its dash. */
function nested(value: Yaml, indent: string, dash: boolean): string {
  if (typeof value !== 'object') return ` ${scalar(value)}\n`;
  if (Object.keys(value).length === 0) return isList(value) ? ' []\n' : ' {}\n';
  if (isList(value)) return `\n${block(value, indent.slice(2))}`;
  return dash ? ` ${block(value, indent).slice(indent.length)}` : `\n${block(value, indent)}`;
}

function isList(value: Yaml): value is readonly Yaml[] {
  return Array.isArray(value);
}

/** Words that some reader takes for a truth value or for nothing. */
const taken = /^(y|n|yes|no|on|off|true|false|null|none)$/i;

function scalar(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  return /^[a-z][\w.-]*$/i.test(value) && !taken.test(value) ? value : quoted(value);
}

/** JSON's text is YAML's, but for characters that YAML has as breaks or not at all. */
function quoted(text: string): string {
  const special = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;
  return JSON.stringify(text).replace(special, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
