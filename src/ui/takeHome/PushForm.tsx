/** Where a folder goes: repository, who may see it, server, token and the name of the commit. */
import { Switch } from '@base-ui/react/switch';
import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { nameProblem, type Visibility } from '../../store';
import { LabelledField } from '../shared/LabelledField';
import { TokenField } from './TokenField';

export interface Wish {
  readonly repository: string;
  readonly visibility: Visibility;
  readonly endpoint: string;
  readonly token: string;
  readonly keep: boolean;
  readonly message: string;
}

interface Props {
  readonly wish: Wish;
  readonly change: (change: Partial<Wish>) => void;
  /** Of the folder. */
  readonly name: string;
  /** While something is on its way. */
  readonly locked: boolean;
  readonly submit: () => void;
  /** What else there is to answer, and the button. */
  readonly children: ReactNode;
}

export function PushForm({ wish, change, name, locked, submit, children }: Props) {
  const { t } = useTranslation();
  const { repository, endpoint, message } = wish;
  const problem = repository.trim() === '' ? undefined : nameProblem(repository.trim());
  const text = (key: 'repository' | 'endpoint' | 'message', value: string, placeholder?: string) =>
    function Input(id: string, about: string) {
      return (
        <input
          id={id}
          data-testid={`push-${key}`}
          value={value}
          placeholder={placeholder}
          spellCheck={false}
          aria-describedby={about}
          aria-invalid={key === 'repository' && problem !== undefined}
          onChange={({ target }) => change({ [key]: target.value })}
        />
      );
    };
  return (
    <form
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <fieldset className="push-fields" disabled={locked}>
        <LabelledField
          label={t('push.repository')}
          hint={t('push.repositoryHint')}
          problem={problem && t(`push.name.${problem}`)}
          wide
        >
          {text('repository', repository, `owner/${name || 'model'}`)}
        </LabelledField>
        <PrivateSwitch visibility={wish.visibility} change={change} />
        <LabelledField label={t('hub.endpoint')} hint={t('hub.endpointHint')}>
          {text('endpoint', endpoint)}
        </LabelledField>
        <LabelledField label={t('push.message')} hint={t('push.messageHint')}>
          {text('message', message)}
        </LabelledField>
        <TokenField
          token={wish.token}
          keep={wish.keep}
          change={change}
          page={`${endpoint.trim().replace(/\/+$/, '')}/settings/tokens`}
        />
        {children}
      </fieldset>
    </form>
  );
}

interface SwitchProps {
  readonly visibility: Visibility;
  readonly change: (change: Partial<Wish>) => void;
}

function PrivateSwitch({ visibility, change }: SwitchProps) {
  const { t } = useTranslation();
  const id = useId();
  const hidden = visibility === 'private';
  return (
    <div className="push-line">
      <Switch.Root
        className="switch"
        data-testid="push-private"
        checked={hidden}
        aria-labelledby={id}
        aria-describedby={`${id}-about`}
        onCheckedChange={(on) => change({ visibility: on ? 'private' : 'public' })}
      >
        <Switch.Thumb className="switch-thumb" />
      </Switch.Root>
      <span id={id}>{t('push.private')}</span>
      <p className={hidden ? 'hint' : 'hint warn'} id={`${id}-about`}>
        {t(hidden ? 'push.privateHint' : 'push.publicHint')}
      </p>
    </div>
  );
}
