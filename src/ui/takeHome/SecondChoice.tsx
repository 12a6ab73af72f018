/** Which form of a written model is read, and where it is computed; the reason where WebGPU cannot. */
import { type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type OnnxForm, type SecondBackend, webgpuLacks } from '../../store';
import { LabelledField } from '../shared/LabelledField';
import { useSession } from '../studioContext';

interface BackendChoice {
  readonly backend: SecondBackend;
  readonly lacks: 'gpu' | 'half' | undefined;
  readonly choose: (backend: SecondBackend) => void;
}

/** `first` until a person chooses, and WebAssembly for what WebGPU cannot compute. */
export function useBackend(form: OnnxForm | undefined, first: SecondBackend): BackendChoice {
  const [chosen, choose] = useState<SecondBackend>(first);
  const lacks = useSession(({ gpu }) => form && webgpuLacks(gpu, form));
  return { backend: lacks ? 'wasm' : chosen, lacks, choose };
}

interface Props {
  /** In the test ids. */
  readonly name: string;
  readonly forms: readonly OnnxForm[];
  readonly form: OnnxForm;
  readonly choose: (form: OnnxForm) => void;
  readonly on: BackendChoice;
  /** Fields between the two. */
  readonly children?: ReactNode;
}

const backends: readonly SecondBackend[] = ['wasm', 'webgpu'];

export function SecondChoice({ name, forms, form, choose, on, children }: Props) {
  const { t } = useTranslation();
  const lack = useId();
  const { backend, lacks } = on;
  return (
    <>
      <LabelledField label={t('check.form')}>
        {(id) => (
          <select
            id={id}
            data-testid={`${name}-form`}
            value={form}
            onChange={({ target }) => choose(forms.find((one) => one === target.value) ?? form)}
          >
            {forms.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        )}
      </LabelledField>
      {children}
      <LabelledField label={t('check.backend')}>
        {(id) => (
          <select
            id={id}
            data-testid={`${name}-backend`}
            value={backend}
            aria-describedby={lacks && lack}
            onChange={({ target }) => on.choose(backends.find((one) => one === target.value) ?? backend)}
          >
            {backends.map((one) => (
              <option key={one} value={one} disabled={one === 'webgpu' && lacks !== undefined}>
                {t(`check.backend.${one}`)}
              </option>
            ))}
          </select>
        )}
      </LabelledField>
      {lacks && (
        <p className="hint second-lack" id={lack} data-testid={`${name}-lacks`}>
          {t(`check.lacks.${lacks}`, { form })}
        </p>
      )}
    </>
  );
}
