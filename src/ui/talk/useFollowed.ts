/** A list that stays at its end while something is added, unless the person has scrolled away from it. */
import { useEffect, useRef } from 'react';

export function useFollowed<T extends HTMLElement>(content: unknown) {
  const element = useRef<T>(null);
  const atEnd = useRef(true);
  useEffect(() => {
    const { current } = element;
    const look = (): void => {
      if (current) atEnd.current = current.scrollHeight - current.scrollTop - current.clientHeight < 40;
    };
    current?.addEventListener('scroll', look);
    return () => current?.removeEventListener('scroll', look);
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is shown decides how high the list is
  useEffect(() => {
    if (atEnd.current) element.current?.scrollTo({ top: element.current.scrollHeight });
  }, [content]);
  return element;
}
