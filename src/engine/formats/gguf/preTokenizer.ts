/** Which of llama.cpp's ways to cut a text into words is the one of a `tokenizer.json`. */
import { isObject } from '../safetensorsEntry';

const QWEN2 = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const LLAMA3 = QWEN2.replace(String.raw`|\p{N}|`, String.raw`|\p{N}{1,3}|`);

/** llama.cpp takes whole words of the vocabulary before it merges only for `llama-bpe`. */
const known: readonly { readonly steps: string; readonly ignoreMerges: boolean; readonly pre: string }[] = [
  { steps: `split ${QWEN2}, bytes`, ignoreMerges: false, pre: 'qwen2' },
  { steps: `split ${LLAMA3}, bytes`, ignoreMerges: true, pre: 'llama-bpe' },
  { steps: `split ${LLAMA3}, bytes`, ignoreMerges: false, pre: 'smaug-bpe' },
  { steps: 'digits, words', ignoreMerges: false, pre: 'smollm' },
  { steps: 'words', ignoreMerges: false, pre: 'gpt-2' },
];

/** The value of `tokenizer.ggml.pre`, or nothing where llama.cpp has none that cuts the same way. */
export function preTokenizerName(preTokenizer: unknown, ignoreMerges: boolean): string | undefined {
  const steps = stepsOf(preTokenizer).map(stepName).join(', ');
  return known.find((one) => one.steps === steps && one.ignoreMerges === ignoreMerges)?.pre;
}

function stepsOf(preTokenizer: unknown): readonly unknown[] {
  const several = isObject(preTokenizer) && preTokenizer.type === 'Sequence' ? preTokenizer.pretokenizers : undefined;
  return Array.isArray(several) ? several : [preTokenizer];
}

function stepName(step: unknown): string {
  if (!isObject(step)) return 'none';
  if (step.type === 'ByteLevel' && step.add_prefix_space === false) return step.use_regex === false ? 'bytes' : 'words';
  if (step.type === 'Digits' && step.individual_digits === true) return 'digits';
  if (step.type === 'Split' && step.behavior === 'Isolated' && step.invert !== true) return `split ${regexOf(step)}`;
  return `another ${String(step.type)}`;
}

function regexOf({ pattern }: Readonly<Record<string, unknown>>): string {
  return isObject(pattern) ? String(pattern.Regex) : '';
}
