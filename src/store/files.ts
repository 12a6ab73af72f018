/** What may be opened as rows: text files. Everything else gets a sentence, and nothing is replaced. */
import type { Failure, Split } from './types';

/** One dropped or picked thing; `file` is undefined for a folder. */
export interface Dropped {
  readonly name: string;
  readonly folder: boolean;
  readonly file: File | undefined;
}

export type FileChoice = { readonly files: readonly File[] } | { readonly failure: Failure };

const pictures = /\.(png|jpe?g|gif|webp|bmp|svg|avif|heic|ico|tiff?)$/i;
const otherThanText =
  /\.(pdf|docx?|xlsx?|pptx?|zip|gz|7z|rar|tar|mp[34]|mov|wav|exe|safetensors|gguf|bin|pt|parquet)$/i;

/** All of them, in the order of their names, or the reason why not. */
export function chooseRows(dropped: readonly Dropped[]): FileChoice {
  if (dropped.length === 0) return refuse('drop-nothing', 'No file was dropped.', {});
  const files: File[] = [];
  for (const one of dropped) {
    const choice = chooseFile(one);
    if ('failure' in choice) return choice;
    files.push(...choice.files);
  }
  const order = new Intl.Collator(undefined, { numeric: true });
  return { files: files.sort((a, b) => order.compare(a.name, b.name)) };
}

function chooseFile({ name, folder, file }: Dropped): FileChoice {
  if (folder || !file) return refuse('drop-folder', `“${name}” is a folder, not a JSONL file.`, { name });
  const { type, size } = file;
  if (type.startsWith('image/') || pictures.test(name)) {
    return refuse('drop-picture', `“${name}” is a picture, not a JSONL file.`, { name });
  }
  if (/^(audio|video|font)\//.test(type) || otherThanText.test(name)) {
    return refuse('drop-not-text', `“${name}” is not a text file.`, { name });
  }
  if (size === 0) return refuse('drop-empty', `“${name}” is empty.`, { name });
  return { files: [file] };
}

function refuse(code: string, message: string, detail: Failure['detail']): FileChoice {
  return { failure: { code, message, detail } };
}

const named: Readonly<Record<Split, RegExp>> = {
  train: /(^|[^a-z])train(ing)?([^a-z]|$)|训练/i,
  test: /(^|[^a-z])(test(ing)?|val(id(ation)?)?|eval(uation)?|dev|holdout)([^a-z]|$)|测试|验证|评估/i,
};

/** Files that say by their names that they are training and test rows go there; all others to the split in sight. */
export function bySplit(
  dropped: readonly Dropped[],
  shown: Split,
): Readonly<Partial<Record<Split, readonly Dropped[]>>> {
  const isNamed = (split: Split) => (one: Dropped) => named[split].test(one.name);
  const test = dropped.filter((one) => isNamed('test')(one) && !isNamed('train')(one));
  const train = dropped.filter((one) => isNamed('train')(one) && !isNamed('test')(one));
  if (test.length === 0 || train.length === 0) return { [shown]: dropped };
  const rest = dropped.filter((one) => !test.includes(one) && !train.includes(one));
  const all = { train, test };
  return { ...all, [shown]: [...all[shown], ...rest] };
}

/** Characters of a file that are looked at. */
const LOOKED_AT = 65_536;

/** A JSON file that is a list, or has a JSON object in its first line and more behind it: rows, not a recipe. */
export async function looksLikeRows(file: File): Promise<boolean> {
  const [first = '', ...others] = (await file.slice(0, LOOKED_AT).text()).trim().split('\n');
  if (first.startsWith('[')) return true;
  try {
    return others.length > 0 && typeof JSON.parse(first) === 'object';
  } catch {
    return false;
  }
}
