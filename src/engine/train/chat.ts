/** A conversation with models as they are now: each answers its own, token by token. */
import { TextStream } from '../data/textStream';
import type { Gpu } from '../gpu/gpu';
import { generate } from '../model/generate';
import type { ChatAsk, ChatEvent, ChatReply, ChatRequest } from '../studio';
import { StudioError } from '../studioError';
import { endTokensOf, samplingOf } from './answers';
import { candidateOf, type Found, type Models } from './candidates';
import type { Control } from './control';
import { parseRecipe, type Recipe } from './recipe';

export interface Inquiry {
  readonly gpu: Gpu;
  readonly models: Models;
  readonly control: Control;
}

/** Replies in the order of the asks; fewer when stopped. What cannot be answered is refused before the first token. */
export async function chat(
  { gpu, models, control }: Inquiry,
  { asks, recipe: json }: ChatRequest,
  listen: (event: ChatEvent) => void,
): Promise<readonly ChatReply[]> {
  const recipe = parseRecipe(json);
  const asked = asks.map((ask) => promptFor(candidateOf(models, ask.subject), ask, recipe));
  const replies: ChatReply[] = [];
  for (const one of asked) {
    if ((await control.heed()) === 'stop') break;
    replies.push(await answer(gpu, control, one, recipe, listen));
  }
  return replies;
}

interface Prompt extends Pick<ChatAsk, 'subject'> {
  readonly found: Found;
  readonly prompt: Uint32Array;
  readonly maxNewTokens: number;
}

/** Throws a StudioError: `template-refused`, `conversation-too-long`. */
function promptFor(found: Found, { subject, messages }: ChatAsk, { evaluation }: Recipe): Prompt {
  const { context } = found.model.config;
  const prompt = Uint32Array.from(rendered(found, messages));
  if (prompt.length >= context) {
    const message = `The conversation has ${prompt.length} tokens, and the model's context ends at ${context}. Begin a new one.`;
    throw new StudioError('conversation-too-long', message, { tokens: prompt.length, context });
  }
  return { subject, found, prompt, maxNewTokens: Math.min(evaluation.maxNewTokens, context - prompt.length) };
}

function rendered({ loaded }: Found, messages: ChatAsk['messages']): number[] {
  try {
    return loaded.tokenizer.prompt(messages);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StudioError('template-refused', `The model's chat template refuses the conversation: ${reason}.`, {
      reason,
    });
  }
}

async function answer(
  gpu: Gpu,
  control: Control,
  { subject, found, prompt, maxNewTokens }: Prompt,
  recipe: Recipe,
  listen: (event: ChatEvent) => void,
): Promise<ChatReply> {
  const { loaded, model, adapter } = found;
  const stream = new TextStream(loaded.tokenizer);
  const since = performance.now();
  let [stopped, first] = [false, undefined as number | undefined];
  let progress = { subject, tokens: 0, firstMilliseconds: first, milliseconds: 0, ended: undefined };
  const [ids = new Uint32Array()] = await generate(gpu, model, [prompt], {
    maxNewTokens,
    endTokens: endTokensOf(loaded.tokenizer, model.config),
    sampling: samplingOf(recipe, model.config),
    adapter,
    onToken: (_, id) => {
      const milliseconds = performance.now() - since;
      first ??= milliseconds;
      progress = { ...progress, tokens: progress.tokens + 1, firstMilliseconds: first, milliseconds };
      listen({ ...progress, added: stream.add(id) });
    },
    watch: {
      boundary: async () => {
        const next = await control.boundary();
        stopped ||= next === 'stop';
        return next;
      },
      progress: () => {},
    },
  });
  const ended = stopped ? 'stopped' : ids.length < maxNewTokens ? 'end' : 'length';
  listen({ ...progress, added: stream.rest(), ended });
  return { ...progress, text: loaded.tokenizer.decode(ids), ended };
}
