/** `generation_config.json` of a folder: where other programs learn which tokens end an answer. */
const FILE = 'generation_config.json';

/**
 * The files with `endToken` in it where it is not among those that they state: it may stand with the tokenizer alone, and a
 * program that does not know it would talk on behind the answer.
 */
export async function withEndToken(
  files: ReadonlyMap<string, Blob>,
  stated: readonly number[],
  endToken: number,
): Promise<ReadonlyMap<string, Blob>> {
  if (stated.includes(endToken)) return files;
  const config: object = JSON.parse((await files.get(FILE)?.text()) ?? '{}');
  const whole = JSON.stringify({ ...config, eos_token_id: [endToken, ...stated] }, null, 2);
  return new Map([...files, [FILE, new Blob([`${whole}\n`])]]);
}
