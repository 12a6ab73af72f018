/** Which tokens begin, end and fill texts, and the chat template: as llama.cpp's converter finds them. */
import { isObject } from '../safetensorsEntry';
import { type Json, objects, type TokenizerFiles } from './tokenizerFiles';

/** llama.cpp's word for each, and that of Hugging Face. */
const special = [
  ['bos', 'bos'],
  ['eos', 'eos'],
  ['unknown', 'unk'],
  ['padding', 'pad'],
] as const;

/** By name in `tokenizer_config.json`, else by number in `config.json`. */
export function specialTokens({ tokenizer, settings, config }: TokenizerFiles, vocabulary: number): [string, number][] {
  const added = new Map(objects(tokenizer.added_tokens).map(({ id, content }) => [content, id]));
  return special.flatMap(([kind, name]): [string, number][] => {
    const ids = [added.get(contentOf(settings[`${name}_token`])), config[`${name}_token_id`]];
    const id = ids.find((one) => typeof one === 'number' && one >= 0 && one < vocabulary);
    return typeof id === 'number' ? [[kind, id]] : [];
  });
}

/** Whether a first or last token is added to every text: always said, as llama.cpp's own guess depends on the pre-tokenizer. */
export function addsSpecial({ tokenizer, settings }: TokenizerFiles): [string, boolean][] {
  const template = processors(tokenizer.post_processor).find(({ type }) => type === 'TemplateProcessing');
  const single = objects(template?.single);
  const ends = { bos: single[0], eos: single.at(-1) };
  return (['bos', 'eos'] as const).map((kind) => {
    const stated = settings[`add_${kind}_token`];
    if (typeof stated === 'boolean') return [kind, stated];
    const token = ends[kind]?.SpecialToken;
    return [kind, isObject(token) && token.id === contentOf(settings[`${kind}_token`])];
  });
}

function processors(postProcessor: unknown): readonly Json[] {
  const several = isObject(postProcessor) && postProcessor.type === 'Sequence' ? postProcessor.processors : undefined;
  return objects(several ?? [postProcessor]);
}

/** A name, or an object that holds it. */
function contentOf(token: unknown): unknown {
  return isObject(token) ? token.content : token;
}

/** Of several the one called default. */
export function chatTemplate({ settings, template }: TokenizerFiles): string | undefined {
  const stated = settings.chat_template;
  const found = Array.isArray(stated) ? objects(stated).find(({ name }) => name === 'default')?.template : stated;
  return typeof found === 'string' ? found : template;
}
