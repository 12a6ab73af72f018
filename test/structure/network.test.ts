/** Who sends requests at all, what a host is told to send, and that every spec of the page is watched. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { headersOf, rules } from '../../src/serviceWorker/headers';
import { style } from '../../src/ui/runs/report/style';
import { code, fake } from './trees';

/** Hubs that a person names; files of the page itself; what the page keeps of itself. */
const mayAsk = /^src\/(engine\/hub\/|engine\/formats\/folder\.ts|store\/demo\.ts|serviceWorker\/)/;
const asking = /\bfetch\(|XMLHttpRequest|sendBeacon|WebSocket|EventSource|WebTransport|RTCPeerConnection|importScripts/;

describe('the network', () => {
  const askers = (tree: typeof code) => [...tree].flatMap(([path, text]) => (asking.test(text) ? path : []));

  it('is asked in few places', () => {
    expect(askers(code).filter((path) => !mayAsk.test(path))).toEqual([]);
    expect(askers(code).length).toBeGreaterThan(3);
    expect(askers(fake({ 'src/ui/a.ts': 'await fetch(address)', 'src/ui/b.ts': 'refetch' }))).toEqual(['src/ui/a.ts']);
  });
});

describe('a host', () => {
  const missing = (text: string) =>
    rules.flatMap(({ headers }) => Object.values(headers)).filter((value) => !text.includes(`"${value}"`));

  it('is told in the README what npm start sends', () => {
    const readme = readFileSync('README.md', 'utf8');
    expect(missing(readme)).toEqual([]);
    expect(missing(readme.replaceAll('https:;', 'https: data:;'))).toHaveLength(1);
  });
});

describe('the one inline style that the policy names', () => {
  it('is that of the report', () => {
    const named = (text: string) => headersOf('/').get('Content-Security-Policy')?.[0]?.includes(digest(text));
    const digest = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    expect(named(style)).toBe(true);
    expect(named(`${style} `)).toBe(false);
  });
});

describe('the specs of the page', () => {
  const unwatched = (specs: ReadonlyMap<string, string>) =>
    [...specs].flatMap(([name, text]) => (/import \{ [^}]*\btest\b[^}]* \} from '.\/watched'/.test(text) ? [] : name));

  it('take their test from where it is watched', () => {
    const names = readdirSync('test/e2e').filter((name) => name.endsWith('.spec.ts'));
    expect(unwatched(new Map(names.map((name) => [name, readFileSync(`test/e2e/${name}`, 'utf8')])))).toEqual([]);
    expect(unwatched(new Map([['a.spec.ts', "import { test } from '@playwright/test';"]]))).toEqual(['a.spec.ts']);
  });
});
