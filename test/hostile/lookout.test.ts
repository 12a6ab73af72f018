// A tokenizer that never comes back: whoever runs the engine hears of it before, ends it, and says whose tokenizer it was.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, describe, expect, it } from 'vitest';
import { createTokenizer } from '../../src/engine/data/tokenizer';
import { createLookout, lookedAfter, type Risk } from '../../src/engine/lookout';
import { createClient } from '../../src/worker/client';
import type { Event } from '../../src/worker/protocol';
import { tinyTokenizer, tinyTokenizerConfig } from '../support/tinyTokenizer';

const turn = () => new Promise((resolve) => setTimeout(resolve));

describe('the engine', () => {
  const plain = createTokenizer(tinyTokenizer('qwen2'), tinyTokenizerConfig);

  it('tells of it before it begins, and when the turn is over', async () => {
    const told: (Risk | undefined)[] = [];
    const tokenizer = lookedAfter(
      plain,
      'mine',
      createLookout((risk) => told.push(risk)),
    );
    expect(tokenizer.encode('in the')).toEqual(plain.encode('in the'));
    expect(tokenizer.prompt([{ role: 'user', content: 'a' }])).toEqual(plain.prompt([{ role: 'user', content: 'a' }]));
    expect(told).toEqual([{ model: 'mine', seconds: 11 }]);
    await turn();
    expect(told).toEqual([{ model: 'mine', seconds: 11 }, undefined]);
  });

  it('asks for more patience for a longer text, and says so', () => {
    const told: (Risk | undefined)[] = [];
    const tokenizer = lookedAfter(
      plain,
      'mine',
      createLookout((risk) => told.push(risk)),
    );
    tokenizer.decode([1]);
    tokenizer.encode('a '.repeat(15_000));
    expect(told.slice(0, 2).map((risk) => risk?.seconds)).toEqual([11, 12]);
  });

  it('tells the end of what throws too', async () => {
    const told: (Risk | undefined)[] = [];
    const lookout = createLookout((risk) => told.push(risk));
    const work = () => {
      throw new Error('no');
    };
    expect(() => lookout.during({ model: 'mine', seconds: 1 }, work)).toThrow('no');
    await turn();
    expect(told.at(-1)).toBeUndefined();
  });
});

describe('the page', () => {
  const wire = () => {
    const { port1, port2 } = new MessageChannel();
    let ended = 0;
    const client = createClient(port1, () => ended++, 1);
    for (const port of [port1, port2]) port.start();
    const post = (event: Event) => port2.postMessage(event);
    return { client, post, ended: () => ended, close: () => port1.close() };
  };

  it('ends a worker that does not come back, and names the model', async () => {
    const { client, post, ended, close } = wire();
    const waiting = client.open();
    post({ type: 'risk', risk: { model: 'mine', seconds: 3 } });
    await expect(client.lost).resolves.toMatchObject({
      code: 'tokenizer-stuck',
      message: expect.stringContaining('"mine" did not come back within 3 seconds'),
      detail: { model: 'mine', seconds: 3 },
    });
    await expect(waiting).rejects.toMatchObject({ code: 'tokenizer-stuck' });
    expect(ended()).toBe(1);
    close();
  });

  it('waits anew with every word, and no more once it is over', async () => {
    const { client, post, ended, close } = wire();
    for (const model of ['one', 'two']) post({ type: 'risk', risk: { model, seconds: 1e6 } });
    post({ type: 'risk', risk: { model: 'three', seconds: 1 } });
    post({ type: 'risk', risk: undefined });
    // The second client's patience runs out behind this one's: nothing of it was left over.
    const other = wire();
    other.post({ type: 'risk', risk: { model: 'other', seconds: 5 } });
    await other.client.lost;
    expect([ended(), other.ended()]).toEqual([0, 1]);
    client.close();
    for (const each of [close, other.close]) each();
  });
});

describe('the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lookout-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('ends itself with a sentence when it hangs, and only then', { timeout: 60_000 }, async () => {
    await build({
      ...{ configFile: false, logLevel: 'error', publicDir: false },
      build: { ssr: 'src/headless/lookout.ts', outDir: folder, emptyOutDir: false },
    });
    const run = (pattern: string) => {
      const program = join(folder, 'run.mjs');
      const text = `'a'.repeat(60) + 'b'`;
      writeFileSync(
        program,
        `import { threadLookout } from './lookout.js';
         const work = () => ${pattern}.test(${text});
         console.log(threadLookout().during({ model: 'mine', seconds: 0 }, work));`,
      );
      return spawnSync(process.execPath, [program], { encoding: 'utf8', timeout: 30_000 });
    };
    expect(run('/a+$/')).toMatchObject({ status: 0, stdout: 'false\n', stderr: '' });
    const { signal, stderr } = run('/(a+)+$/');
    expect([signal, stderr]).toEqual(['SIGKILL', expect.stringContaining('The tokenizer of the model "mine"')]);
  });
});
