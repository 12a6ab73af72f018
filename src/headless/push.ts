/**
 * `HF_TOKEN=… npm run headless -- push <folder> <owner/name> [--public] [--existing private|public] [--base <folder>]…
 * [--endpoint <address>] [--message <text>] [--json]`: a folder to a model repository. The token comes from the environment
 * only: what stands on a command line can be read by others. `--base` names folders of models that this one was made from,
 * whose cards say their licences. Exit code 0 when it is there, 1 when it failed or was stopped, 2 on other arguments.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { openFolder } from '../engine/formats/folder';
import { originOf } from '../engine/formats/origin';
import { BaseLicences } from '../engine/hub/baseLicences';
import { Pusher } from '../engine/hub/push/push';
import type { BaseModel, PushFile, PushPreview, PushProgress, Visibility } from '../engine/hub/push/types';
import type { Licence } from '../engine/hub/types';
import { StudioError } from '../engine/studioError';
import { DiskFile } from './diskFile';
import { modelFolder } from './files';

const usage =
  'Usage: HF_TOKEN=… npm run headless -- push <folder> <owner/name> [--public] [--existing private|public] ' +
  '[--base <folder>]… [--endpoint <address>] [--message <text>] [--json]';

const options = {
  public: { type: 'boolean' },
  existing: { type: 'string' },
  base: { type: 'string', multiple: true },
  endpoint: { type: 'string', default: 'https://huggingface.co' },
  message: { type: 'string', default: 'Made in Distillery' },
  json: { type: 'boolean' },
} as const;

/** `stop` ends it. Rejects with a StudioError: `no-push` on other arguments, or what `Pusher.push` rejects with. */
export async function push(
  args: readonly string[],
  env: { readonly HF_TOKEN?: string | undefined },
  print: (line: string) => void,
  stop: AbortSignal,
): Promise<void> {
  const { values, folder: path, repository, existing } = parsed(args);
  const { endpoint, message, json = false } = values;
  const pusher = new Pusher(await basesOf(values.base ?? []));
  stop.addEventListener('abort', () => pusher.cancel());
  const folder = { kind: 'files', files: await filesIn(path) } as const;
  const preview = await pusher.inspect(folder);
  for (const line of licenceLines(preview)) if (!json) print(line);
  const token = env.HF_TOKEN ? { value: env.HF_TOKEN, endpoint } : undefined;
  const visibility = values.public ? 'public' : 'private';
  const request = { folder, repository, endpoint, token, visibility, existing, message } as const;
  const pushed = await pusher.push(
    request,
    json ? (at) => print(JSON.stringify({ type: 'push', ...at })) : lines(print),
  );
  const { commit, sent, address } = pushed;
  if (json) print(JSON.stringify({ type: 'pushed', ...pushed }));
  else print(commit ? `${address}: commit ${commit}, ${sent} bytes sent` : `${address} was as the folder already`);
}

function parsed(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const [folder, repository, ...more] = positionals;
    const { existing } = values;
    if (folder === undefined || repository === undefined || more.length > 0)
      throw new Error('A push takes a folder and a name, owner/name.');
    if (existing !== undefined && !isVisibility(existing)) throw new Error('--existing is “private” or “public”.');
    return { values, folder, repository, existing };
  } catch (error) {
    throw new StudioError('no-push', `${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}

function isVisibility(text: string): text is Visibility {
  return text === 'private' || text === 'public';
}

async function filesIn(folder: string): Promise<readonly PushFile[]> {
  try {
    const names = await readdir(folder, { recursive: true });
    const found = await Promise.all(
      names.map(async (name): Promise<readonly PushFile[]> => {
        const path = join(folder, name);
        const facts = await stat(path);
        if (!facts.isFile()) return [];
        const below = relative(folder, path).split(sep).join('/');
        return [{ path: below, file: new DiskFile(path, basename(path), 0, facts.size) }];
      }),
    );
    return found.flat();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StudioError('path-unreadable', `${folder} cannot be read: ${reason}.`, { path: folder, reason });
  }
}

async function basesOf(folders: readonly string[]): Promise<(name: string) => Promise<Licence | undefined>> {
  const licences = new BaseLicences(async () => []);
  for (const path of folders) {
    const { licence } = await originOf(openFolder(await modelFolder(path)));
    licences.learn(basename(path), licence);
  }
  return (name) => licences.of(name);
}

function licenceLines({ files, bytes, licence, bases }: PushPreview): readonly string[] {
  const says = ({ id, commercial }: Licence) => (commercial ? id : `${id}, which excludes commercial use`);
  const base = ({ name, licence }: BaseModel) =>
    `base model ${name}: ${licence ? says(licence) : 'its licence is not known here; look at its card'}`;
  return [`${files} files, ${bytes} bytes, licence ${says(licence)}`, ...bases.map(base)];
}

/** One line for every phase, and every file of it. */
function lines(print: (line: string) => void): (progress: PushProgress) => void {
  let last = '';
  return ({ state, file, total }) => {
    const line = [state, file, total > 0 ? `of ${total} bytes` : undefined].filter(Boolean).join(' ');
    if (line !== last) print(line);
    last = line;
  };
}
