/** What opens in the place of a button, or beside it: the focus goes into it, and comes back when it closes. */
import { useEffect, useRef } from 'react';

export function useInPlace<Inside extends HTMLElement, Outside extends HTMLElement>(open: boolean) {
  const inside = useRef<Inside>(null);
  const outside = useRef<Outside>(null);
  const before = useRef(open);
  useEffect(() => {
    if (open && !before.current) inside.current?.focus();
    // A person who clicked elsewhere is there already.
    if (!open && before.current && document.activeElement === document.body) outside.current?.focus();
    before.current = open;
  }, [open]);
  return { inside, outside };
}
