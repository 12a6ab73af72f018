/** A folder, an account and a small Hub to push to: what the tests of pushing share. */
import { Pusher } from '../../src/engine/hub/push/push';
import type { Pushed, PushFile, PushProgress, PushRequest } from '../../src/engine/hub/push/types';
import type { Licence } from '../../src/engine/hub/types';
import { FakePushHub } from '../support/fakePushHub';

export const secret = 'hf_TestSecretOfLin';
export const repository = 'lin/tiny-student';

/** Bytes that no repetition makes look right by accident. */
export function noise(bytes: number, seed = 1): Buffer {
  return Buffer.from(Uint8Array.from({ length: bytes }, (_, i) => (i * 31 + (i >> 8) * 17 * seed + seed) % 251));
}

export const card = '---\nlicense: apache-2.0\nbase_model:\n  - Org/base\n---\n# Tiny\n';

export const folder: Readonly<Record<string, Buffer>> = {
  'README.md': Buffer.from(card),
  'config.json': Buffer.from('{"model_type":"qwen2"}'),
  'model.safetensors': noise(300_000),
  'onnx/model.onnx': noise(5_000, 2),
  'onnx/model.onnx_data': noise(120_000, 3),
};

/** Bytes of the files that go to the store. */
export const largeBytes = 425_000;

export const filesOf = (entries: Readonly<Record<string, Buffer>>): PushFile[] =>
  Object.entries(entries).map(([path, bytes]) => ({ path, file: new Blob([new Uint8Array(bytes)]) }));

export async function startPushHub(): Promise<FakePushHub> {
  const hub = await new FakePushHub().open();
  hub.accounts.set(secret, { name: 'lin', orgs: [{ name: 'Lab' }] });
  return hub;
}

export function request(hub: FakePushHub, change: Partial<PushRequest> = {}): PushRequest {
  return {
    folder: { kind: 'files', files: filesOf(folder) },
    ...{ repository, endpoint: hub.endpoint, token: { value: secret, endpoint: hub.endpoint } },
    ...{ visibility: 'private', existing: undefined, message: 'A tiny student' },
    ...change,
  };
}

export interface PushBench {
  readonly pusher: Pusher;
  /** Milliseconds that were waited before another try. */
  readonly waits: number[];
  readonly told: PushProgress[];
  push(request: PushRequest): Promise<Pushed>;
}

export function pushBench(licences: Readonly<Record<string, Licence>> = {}, stall = 60_000): PushBench {
  const [waits, told]: [number[], PushProgress[]] = [[], []];
  const wait = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    waits.push(milliseconds);
  };
  const pusher = new Pusher(async (name) => licences[name], { wait, stall });
  return { pusher, waits, told, push: (asked) => pusher.push(asked, (progress) => told.push(progress)) };
}
