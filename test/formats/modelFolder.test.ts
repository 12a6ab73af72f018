/** A folder as other programs find it: what their readers look for stands where they look. */
import { expect, it } from 'vitest';
import { createTokenizer } from '../../src/engine/data/tokenizer';
import type { Form } from '../../src/engine/formats/forms';
import { writeModelFolder } from '../../src/engine/formats/modelFolder';
import { memorySink } from '../../src/engine/formats/sink';
import { demoModel } from '../support/demoPair';
import { outgoingFolder } from '../support/outgoing';

/** The demo student with its chat template in a file of its own, as Transformers has written it since 4.53. */
async function written(forms: readonly Form[]) {
  const model = await outgoingFolder(demoModel('student'));
  const { chat_template: template, ...settings } = JSON.parse(await model.files.get('tokenizer_config.json')!.text());
  const files = new Map([
    ...model.files,
    ['tokenizer_config.json', new Blob([JSON.stringify(settings)])],
    ['chat_template.jinja', new Blob([template])],
  ]);
  const sink = memorySink();
  await writeModelFolder(sink, { ...model, files }, { forms, facts: { name: 'student' } });
  const json = async (name: string) => JSON.parse(await sink.files.get(name)!.text());
  const read = createTokenizer(await json('tokenizer.json'), { ...settings, chat_template: template });
  return { settings, template, json, read, jinja: await sink.files.get('chat_template.jinja')!.text() };
}

it('has the chat template where transformers.js reads it, when there is something for transformers.js', async () => {
  const { settings, template, json, read, jinja } = await written(['onnx-fp32']);
  expect(await json('tokenizer_config.json')).toEqual({ ...settings, chat_template: template });
  expect(jinja).toBe(template);
  // Of the folder, transformers.js takes these two files and no other.
  const theirs = createTokenizer(await json('tokenizer.json'), await json('tokenizer_config.json'));
  const messages = [{ role: 'user', content: '2631' }] as const;
  expect(theirs.prompt(messages)).toEqual(read.prompt(messages));
});

it('leaves the files of the tokenizer as they were, where there is nothing for transformers.js', async () => {
  const { settings, json } = await written([]);
  expect(await json('tokenizer_config.json')).toEqual(settings);
});
