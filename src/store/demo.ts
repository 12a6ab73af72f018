/** The demo pair and its rows: what `demo.json` beside the page names, checked before it is believed. */
import * as v from 'valibot';
import type { DemoValue, ModelSource, Role, Split } from './types';

const training = v.object({ learningRate: v.pipe(v.number(), v.minValue(0)) });

const schema = v.object({
  teacher: v.string(),
  student: v.string(),
  train: v.string(),
  test: v.string(),
  systemPrompt: v.string(),
  sft: training,
  distill: training,
});

export interface Demo {
  readonly models: Readonly<Record<Role, ModelSource>>;
  readonly data: Readonly<Record<Split, { readonly name: string; readonly url: string }>>;
  /** Training values that suit models as small as these. */
  readonly values: readonly DemoValue[];
}

/** Paths in `demo.json` are relative to the page. Throws when the file is missing or not in this form. */
export async function fetchDemo(base: string): Promise<Demo> {
  const address = new URL('demo.json', base);
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address.pathname} answered ${response.status}`);
  return parseDemo(await response.json(), base);
}

/** `fetchDemo`, asked once however often it is needed; a failure is not remembered. */
export function demoSource(base: string): () => Promise<Demo> {
  let demo: Promise<Demo> | undefined;
  return () => {
    demo ??= fetchDemo(base);
    demo.catch(() => {
      demo = undefined;
    });
    return demo;
  };
}

export function parseDemo(json: unknown, base: string): Demo {
  const demo = v.parse(schema, json);
  const model = (path: string): ModelSource => ({ kind: 'url', name: lastPart(path), url: new URL(path, base).href });
  const rows = (path: string) => ({ name: lastPart(path), url: new URL(path, base).href });
  return {
    models: { teacher: model(demo.teacher), student: model(demo.student) },
    data: { train: rows(demo.train), test: rows(demo.test) },
    values: [
      { path: 'systemPrompt', value: demo.systemPrompt, role: 'teacher' },
      { path: 'sft.learningRate', value: demo.sft.learningRate, role: 'teacher' },
      { path: 'distill.learningRate', value: demo.distill.learningRate, role: 'student' },
    ],
  };
}

export async function fetchRows(url: string): Promise<Blob> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${new URL(url).pathname} answered ${response.status}`);
  return response.blob();
}

function lastPart(path: string): string {
  return path.split('/').filter(Boolean).at(-1) ?? path;
}
