/**
 * Text with its white space to be seen. `breaks`: lines and tabs still take their room behind their marks; without, the text is
 * one line.
 */
export function visible(text: string, { breaks = false } = {}): string {
  const [tab, line] = breaks ? ['→\t', '↵\n'] : ['→', '↵'];
  return text.replaceAll(' ', '·').replaceAll('\t', tab).replaceAll('\r', '␍').replaceAll('\n', line);
}
