/** Commands in, events out: one second engine behind a wire, whichever of the two it is. */
import type { ReadProgress, SecondEngine, SecondRequest, TryOut } from '../../engine/vouch/second';
import { toFailure } from '../failure';
import type { SecondCommand, SecondEvent, SecondReply } from './protocol';

export type Open = (request: SecondRequest, progress: ReadProgress) => Promise<SecondEngine & Partial<TryOut>>;

export function serveSecond(open: Open, post: (event: SecondEvent) => void): (command: SecondCommand) => void {
  let engine: Awaited<ReturnType<Open>> | undefined;
  const answer = (id: number, work: Promise<SecondReply>): void => {
    work.then(
      (reply) => post({ type: 'reply', id, reply }),
      (error: unknown) => post({ type: 'failed', id, failure: toFailure(error) }),
    );
  };
  const need = (): NonNullable<typeof engine> => {
    if (!engine) throw new Error('no folder is open');
    return engine;
  };
  const carry = {
    open: async ({ id, request }: Extract<SecondCommand, { type: 'open' }>): Promise<SecondReply> => {
      engine = await open(request, (bytes, total) => post({ type: 'loading', id, bytes, total }));
      return { to: 'open', value: true };
    },
    answer: async ({ prompt, options }: Extract<SecondCommand, { type: 'answer' }>): Promise<SecondReply> => ({
      to: 'answer',
      value: await need().answer(prompt, options),
    }),
    chat: async ({ id, messages, options }: Extract<SecondCommand, { type: 'chat' }>): Promise<SecondReply> => {
      const talker = need();
      if (!talker.chat) throw new Error('onnxruntime-web by itself knows no conversations');
      return { to: 'chat', value: await talker.chat(messages, options, (event) => post({ type: 'text', id, event })) };
    },
  };
  return (command) => {
    switch (command.type) {
      case 'open':
        return answer(command.id, carry.open(command));
      case 'answer':
        return answer(command.id, carry.answer(command));
      case 'chat':
        return answer(command.id, carry.chat(command));
      case 'stop':
        return engine?.stop?.();
      default:
        command satisfies never;
    }
  };
}
