/** Two doors to the studio: `useSession` to show something, `useStudio` to do something. Curves have their own. */
import { createContext, useContext, useSyncExternalStore } from 'react';
import { useStore } from 'zustand';
import type { Series, Session, Studio, TalkState, TokenState, TryState, VouchingState } from '../store';

const StudioContext = createContext<Studio | undefined>(undefined);
export const StudioProvider = StudioContext.Provider;

export function useStudio(): Studio {
  const studio = useContext(StudioContext);
  if (!studio) throw new Error('no StudioProvider above this component');
  return studio;
}

export function useSession<T>(selector: (session: Session) => T): T {
  return useStore(useStudio().session, selector);
}

export function useTalk<T>(selector: (talk: TalkState) => T): T {
  return useStore(useStudio().talk, selector);
}

export function useTokens<T>(selector: (tokens: TokenState) => T): T {
  return useStore(useStudio().tokens, selector);
}

export function useVouching<T>(selector: (vouching: VouchingState) => T): T {
  return useStore(useStudio().vouching, selector);
}

export function useTrying<T>(selector: (trying: TryState) => T): T {
  return useStore(useStudio().trying, selector);
}

/** Renders again when a curve grows, at most once per frame. */
export function useSeries(): Series {
  const { series } = useStudio();
  useSyncExternalStore(series.subscribe, series.revision);
  return series;
}
