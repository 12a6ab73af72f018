/** One row under teacher and student, token by token: what is looked at, and what the engine said of it. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { EngineClient } from '../worker/client';
import { toFailure } from '../worker/failure';
import { askable, modelsNow, notNow } from './ask';
import type { Session, SessionStore } from './session';
import type { Role, Split, Subject, TokenComparison } from './types';

export interface TokenState {
  readonly split: Split;
  /** Who a person has chosen; as long as there is such a model. */
  readonly chosen: Readonly<Partial<Record<Role, Subject>>>;
  readonly comparison: TokenComparison | undefined;
  /** The models that it was made with (`modelsNow`). */
  readonly madeWith: string;
}

export interface TokenLook {
  readonly tokens: StoreApi<TokenState>;
  /** The row of this index, or the one of some rows where the two part most. What was seen before stays when it is refused. */
  lookAt(row: number | 'most'): Promise<void>;
}

/** Rows among which the one is searched where they part most: a few seconds' work on a card. */
const AMONG = 32;

/** As far as they have come; the teacher is who teaches. */
const newest: Readonly<Record<Role, readonly Subject[]>> = {
  teacher: ['teacher-merged', 'teacher-sft', 'teacher-base'],
  student: ['student-distilled', 'student-base'],
};

export function seen(
  session: Pick<Session, 'gpu' | 'lost' | 'models' | 'stages' | 'recipe'>,
  { chosen }: Pick<TokenState, 'chosen'>,
  role: Role,
): Subject | undefined {
  const there = askable(session);
  const teaches = role === 'teacher' && session.recipe.distill.teacher === 'loaded' ? ['teacher-base' as const] : [];
  return [chosen[role], ...teaches, ...newest[role]].find((subject) => subject && there.includes(subject));
}

export function createTokenLook(store: SessionStore, client: () => EngineClient): TokenLook {
  const tokens = createStore<TokenState>()(() => ({ split: 'test', chosen: {}, comparison: undefined, madeWith: '' }));
  return {
    tokens,
    lookAt: async (row) => {
      const session = store.getState();
      const { split } = tokens.getState();
      const [teacher, student] = [
        seen(session, tokens.getState(), 'teacher'),
        seen(session, tokens.getState(), 'student'),
      ];
      const refusal = notNow(session);
      if (refusal) session.notify(refusal);
      if (refusal || !teacher || !student) return;
      session.setInquiry('tokens');
      try {
        const which = row === 'most' ? { among: AMONG } : { index: row };
        const request = { split, row: which, teacher, student, recipe: session.recipe };
        const madeWith = modelsNow(session);
        tokens.setState({ comparison: await client().compareTokens(request), madeWith });
      } catch (error) {
        const failure = toFailure(error);
        if (failure.code !== 'worker-closed' && failure.code !== 'comparison-stopped') session.notify(failure);
      } finally {
        session.setInquiry(undefined);
      }
    },
  };
}
