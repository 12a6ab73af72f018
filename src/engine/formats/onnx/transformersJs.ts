/** What transformers.js wants to read in the small files of a folder with ONNX files. */
import { formFacts, modelFile } from './forms';
import type { WrittenOnnx } from './write';

type Json = Readonly<Record<string, unknown>>;
const KEY = 'transformers.js_config';
const TOKENIZER = 'tokenizer_config.json';

/**
 * The parsed `config.json` with the files that were written: how many files of weights each graph has, the type of its cache,
 * and as the type to load, when none is asked for, the first one. What else the config says there stays.
 */
export function withTransformersJs(config: Json, written: readonly WrittenOnnx[]): Json {
  const [first] = written;
  if (first === undefined) return config;
  const own = objectOf(config[KEY]);
  const counts = written.map(({ form, files }) => [modelFile(form), files.length - 1] as const);
  const caches = written.flatMap(({ form }) =>
    formFacts[form].computed === 'float16' ? [[form, 'float16'] as const] : [],
  );
  const merged = {
    ...own,
    dtype: first.form,
    use_external_data_format: { ...objectOf(own.use_external_data_format), ...Object.fromEntries(counts) },
    ...(caches.length > 0 && { kv_cache_dtype: { ...objectOf(own.kv_cache_dtype), ...Object.fromEntries(caches) } }),
  };
  return { ...config, [KEY]: merged };
}

/** With a chat template that has a file of its own, as newer folders have it, in `tokenizer_config.json` too: only there it is looked for. */
export async function withTemplate(files: ReadonlyMap<string, Blob>): Promise<ReadonlyMap<string, Blob>> {
  const template = await files.get('chat_template.jinja')?.text();
  const settings: Json = JSON.parse((await files.get(TOKENIZER)?.text()) ?? '{}');
  if (template === undefined || 'chat_template' in settings) return files;
  const whole = JSON.stringify({ ...settings, chat_template: template }, null, 2);
  return new Map([...files, [TOKENIZER, new Blob([`${whole}\n`])]]);
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
