/** A kept run as one zip: everything that was measured in files that other programs read, and the adapters as PEFT folders. */
import { makeZip } from 'client-zip';
import type { WholeRun } from '../../engine/runs/wholeRun';
import { modelCard } from '../../engine/takeHome/card/card';
import { adapterForms, cardFile } from '../../engine/takeHome/facts';
import { runFiles } from '../../engine/takeHome/files';
import { evaluationLog } from '../evaluationLog';
import type { AdapterArtifact } from '../types';

export interface ArchiveParts {
  readonly run: WholeRun;
  readonly adapters: readonly { readonly artifact: AdapterArtifact; readonly files: readonly File[] }[];
  /** The report as a page of its own. */
  readonly report: string;
  /** Address of the recipe's JSON schema. */
  readonly schema: string;
}

interface Entry {
  readonly name: string;
  readonly input: string | File | Uint8Array<ArrayBuffer>;
}

/** Made while it is read: no more than one file is held at a time. */
export function archive(parts: ArchiveParts): ReadableStream<Uint8Array> {
  const lastModified = new Date(parts.run.record.changed);
  return makeZip(entriesOf(parts).map((entry) => ({ ...entry, lastModified })));
}

export function entriesOf({ run, adapters, report, schema }: ArchiveParts): readonly Entry[] {
  const facts = { ...run, schema };
  return [
    { name: 'report.html', input: report },
    ...[...runFiles(facts, { answers: true })].map(({ path, bytes }) => ({ name: path, input: bytes })),
    ...run.evaluations.map((evaluation, index) => ({
      name: `log/${String(index + 1).padStart(3, '0')}-${evaluation.subject}-step-${evaluation.step}.txt`,
      input: `${evaluationLog(evaluation)
        .map(({ text }) => text)
        .join('\n')}\n`,
    })),
    ...adapters.flatMap(({ artifact, files }) => [
      { name: `${artifact}/${cardFile}`, input: modelCard(facts, { artifact, forms: adapterForms }) },
      ...files
        .filter(({ name }) => name !== cardFile)
        .map((file) => ({ name: `${artifact}/${file.name}`, input: file })),
    ]),
  ];
}
