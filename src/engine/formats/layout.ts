/** Which files make a Hugging Face model folder, and the shards that an index names. */
import { StudioError } from '../studioError';

export const weightsFile = 'model.safetensors';
export const indexFile = 'model.safetensors.index.json';

/** What makes a folder whole for other programs; the first three must be there. */
export const smallFiles: readonly string[] = [
  'config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'generation_config.json',
  'chat_template.jinja',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
];

/** The files that a parsed index names, each once. Throws a StudioError `index-invalid`. */
export function shardsOf(model: string, index: unknown): string[] {
  const map = typeof index === 'object' && index !== null && 'weight_map' in index ? index.weight_map : undefined;
  const files = typeof map === 'object' && map !== null && !Array.isArray(map) ? Object.values(map) : [];
  const names = files.filter((file): file is string => typeof file === 'string' && /^[^/\\]+\.safetensors$/.test(file));
  if (names.length > 0 && names.length === files.length) return [...new Set(names)];
  throw indexInvalid(model, 'its "weight_map" does not name safetensors files');
}

export function indexInvalid(model: string, reason: string): StudioError {
  const message = `${indexFile} of the model "${model}" cannot be used: ${reason}.`;
  return new StudioError('index-invalid', message, { model, file: indexFile, reason });
}
