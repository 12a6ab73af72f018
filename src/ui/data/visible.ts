/** Text with its spaces and line breaks to be seen. */
export function visible(text: string): string {
  return text.replaceAll(' ', '·').replaceAll('\t', '→\t').replaceAll('\r', '␍').replaceAll('\n', '↵\n');
}
