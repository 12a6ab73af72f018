/** What the audit of the packages makes of npm's reports; the reports themselves need a network. */
import { describe, expect, it } from 'vitest';
import { judge } from '../audit.mjs';

const advisory = (severity: string, id = 'GHSA-aaaa') => ({
  ...{ name: 'package', title: 'a hole', severity },
  url: `https://example.test/advisories/${id}`,
});
const report = (...via: unknown[]) => JSON.stringify({ vulnerabilities: { package: { via: ['another', ...via] } } });

describe('the audit', () => {
  it('passes where there is nothing, or nothing grave', () => {
    expect(judge(JSON.stringify({ vulnerabilities: {} }), {})).toEqual({ verdict: 'passed', lines: [] });
    expect(judge(report(advisory('moderate')), {}).verdict).toBe('passed');
  });

  it('fails for what is high or critical', () => {
    for (const severity of ['high', 'critical']) {
      const { verdict, lines } = judge(report(advisory(severity)), {});
      expect(verdict).toBe('failed');
      expect(lines.join()).toContain('GHSA-aaaa');
    }
  });

  it('lets pass what is accounted for, by its name alone, and only as long as it is there', () => {
    const reasons = { 'GHSA-aaaa': 'no such input' };
    expect(judge(report(advisory('high')), reasons).verdict).toBe('passed');
    expect(judge(report(advisory('high'), advisory('high', 'GHSA-bbbb')), reasons).verdict).toBe('failed');
    expect(judge(report(), reasons).verdict).toBe('failed');
  });

  it('says so where nobody could be asked', () => {
    for (const text of ['', 'no JSON', '{"message":"405 Method Not Allowed"}', '{"error":{"summary":"no network"}}'])
      expect(judge(text, { 'GHSA-aaaa': 'no such input' }).verdict).toBe('not audited');
  });
});
