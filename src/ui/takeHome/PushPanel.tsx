/** A folder to a model repository of a Hub. The token is in the form and in the engine's request, and nowhere else. */
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { nameProblem, type PushFolder, type PushPreview, type Session, type Visibility } from '../../store';
import { defaultHub, rememberEndpoint, rememberedEndpoint } from '../models/hubEndpoint';
import { useSession, useStudio } from '../studioContext';
import { forgetToken, keepToken, keptToken } from './keptToken';
import { PushForm, type Wish } from './PushForm';
import { PushLicence } from './PushLicence';
import { PushState } from './PushState';

interface Props {
  /** As saved or picked; its files where the browser cannot pick folders. */
  readonly folder: FileSystemDirectoryHandle | readonly File[] | undefined;
  readonly name: string;
}

const pushOf = (s: Session) => s.push;
const needs = ['folder', 'repository', 'token', 'confirm'] as const;

export function PushPanel({ folder, name }: Props) {
  const { t } = useTranslation();
  const studio = useStudio();
  const push = useSession(pushOf);
  const source = useMemo(() => folder && sourceOf(folder), [folder]);
  const [confirmed, setConfirmed] = useState<PushPreview>();
  const { wish, change } = useWish(t('push.defaultMessage'));
  useEffect(() => {
    studio.inspectPush(source);
  }, [studio, source]);
  const { preview, progress } = push;
  const endpoint = wish.endpoint.trim() || defaultHub;
  const has = {
    folder: preview !== undefined,
    repository: nameProblem(wish.repository.trim()) === undefined,
    token: wish.token.trim() !== '',
    confirm: preview !== undefined && confirmed === preview,
  };
  const missing = needs.filter((need) => !has[need]);
  // Who agrees to one repository has not agreed to another that was typed since.
  const asked = push.exists?.repository === wish.repository.trim() && push.exists.endpoint === endpoint;
  const exists = asked ? push.exists : undefined;

  const start = (existing?: Visibility): void => {
    if (!source || missing.length > 0) return;
    const { repository, visibility, message, keep } = wish;
    const token = { value: wish.token.trim(), endpoint };
    rememberEndpoint(endpoint);
    if (keep) keepToken(token);
    else if (keptToken()?.endpoint === endpoint) forgetToken();
    const title = message.trim() || t('push.defaultMessage');
    studio.push({
      folder: source,
      repository: repository.trim(),
      endpoint,
      token,
      visibility,
      existing,
      message: title,
    });
  };

  return (
    <div className="push" data-testid="push-panel">
      <PushForm wish={wish} change={change} name={name} locked={progress !== undefined} submit={() => start()}>
        {preview && (
          <PushLicence
            preview={preview}
            confirmed={has.confirm}
            confirm={(yes) => setConfirmed(yes ? preview : undefined)}
          />
        )}
        <div className="push-line">
          <button type="submit" className="primary" data-testid="push-start" disabled={missing.length > 0}>
            {t(`push.start.${wish.visibility}`)}
          </button>
          {missing.length > 0 && (
            <p className="hint">
              {t('push.needs', { what: missing.map((need) => t(`push.need.${need}`)).join(', ') })}
            </p>
          )}
        </div>
      </PushForm>
      <PushState push={{ ...push, exists }} stop={studio.stopPush} agree={() => start(exists?.visibility)} />
    </div>
  );
}

function useWish(message: string): { wish: Wish; change: (change: Partial<Wish>) => void } {
  const [wish, setWish] = useState<Wish>(() => {
    const endpoint = rememberedEndpoint();
    return { repository: '', visibility: 'private', message, endpoint, ...tokenFor(endpoint) };
  });
  const change = (next: Partial<Wish>): void =>
    // A token belongs to the server that it was entered for.
    setWish((before) => ({ ...before, ...next, ...(next.endpoint === undefined ? {} : tokenFor(next.endpoint)) }));
  return { wish, change };
}

function tokenFor(endpoint: string): Pick<Wish, 'token' | 'keep'> {
  const kept = keptToken();
  return kept?.endpoint === endpoint.trim() ? { token: kept.value, keep: true } : { token: '', keep: false };
}

function sourceOf(folder: NonNullable<Props['folder']>): PushFolder {
  if (!isFiles(folder)) return { kind: 'directory', directory: folder };
  // The browser gives “folder/sub/file”: the first part is the folder that was chosen.
  const pathOf = (file: File) => file.webkitRelativePath.split('/').slice(1).join('/') || file.name;
  return { kind: 'files', files: folder.map((file) => ({ path: pathOf(file), file })) };
}

function isFiles(folder: NonNullable<Props['folder']>): folder is readonly File[] {
  return Array.isArray(folder);
}
