/**
 * A field for what no place should keep. React writes what a controlled field holds into the markup, where a saved page, or whatever
 * copies markup, would have it; this one only has it.
 */
import { type InputHTMLAttributes, useLayoutEffect, useRef } from 'react';

interface Props extends Omit<InputHTMLAttributes<HTMLInputElement>, 'type' | 'value' | 'onChange'> {
  readonly secret: string;
  readonly change: (secret: string) => void;
}

export function SecretInput({ secret, change, ...rest }: Props) {
  const field = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    if (field.current && field.current.value !== secret) field.current.value = secret;
  }, [secret]);
  return (
    <input {...rest} ref={field} type="password" autoComplete="off" onChange={({ target }) => change(target.value)} />
  );
}
