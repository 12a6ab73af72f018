/** The wire to the worker of the second engine: two unions. A command with an id is answered by what it is named for, or `failed`. */
import type { Message } from '../../engine/data/jsonl';
import type { Risk } from '../../engine/lookout';
import type {
  ChatOptions,
  GreedyOptions,
  SecondAnswer,
  SecondRequest,
  StreamedReply,
  StreamedText,
} from '../../engine/vouch/second';
import type { Failure } from '../protocol';

export type SecondCommand =
  | { readonly type: 'open'; readonly id: number; readonly request: SecondRequest }
  | { readonly type: 'answer'; readonly id: number; readonly prompt: Uint32Array; readonly options: GreedyOptions }
  | {
      readonly type: 'chat';
      readonly id: number;
      readonly messages: readonly Message[];
      readonly options: ChatOptions;
    }
  | { readonly type: 'stop' };

export type SecondReply =
  | { readonly to: 'open'; readonly value: true }
  | { readonly to: 'answer'; readonly value: SecondAnswer }
  | { readonly to: 'chat'; readonly value: StreamedReply };

export type SecondEvent =
  /** The worker holds this lock for as long as it lives. */
  | { readonly type: 'alive'; readonly lock: string }
  /** Work that may never end begins, or, undefined, is over. */
  | { readonly type: 'risk'; readonly risk: Risk | undefined }
  | { readonly type: 'reply'; readonly id: number; readonly reply: SecondReply }
  | { readonly type: 'failed'; readonly id: number; readonly failure: Failure }
  | { readonly type: 'loading'; readonly id: number; readonly bytes: number; readonly total: number }
  | { readonly type: 'text'; readonly id: number; readonly event: StreamedText };
