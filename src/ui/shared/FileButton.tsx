/** A button that opens files: the browser's own input, out of sight, and a label that looks like a button. */
import { type ComponentProps, type ReactNode, useId } from 'react';

interface Props extends Pick<ComponentProps<'input'>, 'accept' | 'multiple' | 'disabled' | 'onClick'> {
  readonly testId: string;
  /** What is opened, for those who hear the page. */
  readonly name: string;
  readonly open: (files: readonly File[]) => void;
  /** A whole folder is opened. */
  readonly folder?: boolean;
  readonly className?: string;
  readonly children: ReactNode;
}

export function FileButton({ testId, name, open, folder = false, className = 'button', children, ...input }: Props) {
  const id = useId();
  return (
    <>
      <input
        {...input}
        className="sr-only"
        type="file"
        id={id}
        data-testid={testId}
        aria-label={name}
        ref={(element) => {
          if (folder) element?.setAttribute('webkitdirectory', '');
        }}
        onChange={({ target }) => {
          open([...(target.files ?? [])]);
          // The same file may be opened again after it was edited.
          target.value = '';
        }}
      />
      <label className={className} htmlFor={id} aria-disabled={input.disabled}>
        {children}
      </label>
    </>
  );
}
