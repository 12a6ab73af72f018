/** What the browser hands over on a drop, as plain facts: a folder looks like a file until it is asked. */
import type { Dropped } from '../../store';

export function droppedFrom(transfer: DataTransfer): readonly Dropped[] {
  const items = [...transfer.items].filter((item) => item.kind === 'file');
  if (items.length === 0) return pickedFrom([...transfer.files]);
  return items.map((item) => {
    const folder = item.webkitGetAsEntry()?.isDirectory ?? false;
    const file = item.getAsFile() ?? undefined;
    return { name: file?.name ?? '', folder, file };
  });
}

export function pickedFrom(files: readonly File[]): readonly Dropped[] {
  return files.map((file) => ({ name: file.name, folder: false, file }));
}

/** One JSON file: it may be a recipe. */
export function isJson(transfer: DataTransfer | null): boolean {
  const items = [...(transfer?.items ?? [])];
  return items.length === 1 && items[0]?.type === 'application/json';
}
