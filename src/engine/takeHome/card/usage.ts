/** How a result is used elsewhere: a snippet for each form that lies in the folder. */
import { recipeAsRun } from '../../runs/wholeRun';
import type { CardOf, RunFacts } from '../facts';
import { type Answering, asked, cardSnippet, messagesText } from '../snippet';
import { fenced } from './markdown';
import { repositoryOf, roleOf } from './terms';

export function usage(facts: RunFacts, card: CardOf): string {
  const parts = card.artifact.endsWith('-adapter') ? [peft(facts, card)] : forms(facts, card);
  return parts.length === 0 ? '' : `## Use\n\n${parts.join('\n')}`;
}

function forms(facts: RunFacts, { forms: { safetensors, onnx, gguf } }: CardOf): readonly string[] {
  return [
    ...(safetensors ? [transformers(facts)] : []),
    ...(onnx.length > 0 ? [transformersJs(facts, onnx)] : []),
    ...(gguf[0] ? [llamaCpp(facts, gguf[0])] : []),
  ];
}

/** As the rows were asked: with the system prompt of the recipe, if it has one. */
function messages({ record }: RunFacts): string {
  return messagesText(asked(recipeAsRun(record).systemPrompt, '…'));
}

/** As long as the answers were that were measured, and with their penalty. */
function answering({ record: { recipe } }: RunFacts): Answering {
  const { ownPenalty, repetitionPenalty } = recipe.generation;
  return {
    maxNewTokens: recipe.evaluation.maxNewTokens,
    repetitionPenalty: ownPenalty ? undefined : repetitionPenalty,
  };
}

/** In Python's words. */
function settings(facts: RunFacts): string {
  const { maxNewTokens, repetitionPenalty } = answering(facts);
  const penalty = repetitionPenalty === undefined ? '' : `, repetition_penalty=${pythonFloat(repetitionPenalty)}`;
  return `max_new_tokens=${maxNewTokens}, do_sample=False${penalty}`;
}

/** Transformers refuses a penalty of 1 that is no float. */
function pythonFloat(value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value);
}

function transformers(facts: RunFacts): string {
  const text = `from transformers import pipeline

generator = pipeline("text-generation", model=".")  # this folder, or its name on the Hub
${messages(facts)}
answer = generator(messages, ${settings(facts)})
print(answer[0]["generated_text"][-1]["content"])`;
  return `With Transformers:\n\n${fenced('python', text)}`;
}

function peft(facts: RunFacts, { artifact }: CardOf): string {
  const model = facts.record.models[roleOf(artifact)];
  const base = repositoryOf(model) ?? `path/to/${model?.info.name ?? 'base'}`;
  const text = `from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

base = ${JSON.stringify(base)}
tokenizer = AutoTokenizer.from_pretrained(base)
model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), ".")  # this folder, or its name on the Hub
${messages(facts)}
inputs = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_tensors="pt", return_dict=True)
output = model.generate(**inputs, ${settings(facts)})
print(tokenizer.decode(output[0, inputs["input_ids"].shape[1]:], skip_special_tokens=True))`;
  return `With PEFT:\n\n${fenced('python', text)}`;
}

function transformersJs(facts: RunFacts, dtypes: readonly string[]): string {
  const dtype = dtypes.includes('fp16') ? 'fp16' : dtypes[0]!;
  const messages = asked(recipeAsRun(facts.record).systemPrompt, '…');
  const text = cardSnippet({ ...answering(facts), dtype, messages });
  return `With transformers.js, in a browser or in Node (${dtypes.join(', ')}):\n\n${fenced('js', text)}`;
}

function llamaCpp(facts: RunFacts, file: string): string {
  const { systemPrompt } = recipeAsRun(facts.record);
  const system = systemPrompt === '' ? '' : ` -sys ${shell(systemPrompt)}`;
  // Ollama takes what stands between its quotes as it is: it knows no escapes.
  const modelfile = systemPrompt === '' ? '' : `\nprintf 'SYSTEM """%s"""\\n' ${shell(systemPrompt)} >> Modelfile`;
  const text = `llama-cli -m ${file}${system} --temp 0

printf 'FROM ./%s\\n' ${file} > Modelfile${modelfile}
ollama create my-model -f Modelfile && ollama run my-model`;
  return `With llama.cpp or Ollama:\n\n${fenced('sh', text)}`;
}

/** One argument of a POSIX shell, whatever stands in it. */
function shell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
