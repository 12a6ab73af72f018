/** Before one of a list is deleted the focus goes to the next one, else to the one before; else to what stands by the list. */

/** `button`: the one that deletes; `selector`: what has the focus in another one. */
export function focusNeighbour(button: Element, selector: string, otherwise: HTMLElement | null): void {
  const item = button.closest('li');
  const beside = item?.nextElementSibling ?? item?.previousElementSibling;
  const next = beside?.querySelector<HTMLElement>(selector) ?? otherwise;
  next?.focus();
}
