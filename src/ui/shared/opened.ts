/** What is made when it is opened first, and stays: what is typed in it is there when it is opened again. */
import { useState } from 'react';

export function useOnceOpened(open: boolean): boolean {
  const [opened, setOpened] = useState(open);
  if (open && !opened) setOpened(true);
  return opened;
}
