import { expect, test } from 'vitest';
import type { Comparison } from '../../../../src/deploy/compare/comparison.ts';
import { comparisonPage } from '../../../../src/deploy/compare/page.ts';
import { comparisonText } from '../../../../src/deploy/compare/report.ts';

const rows = (mean: number): Comparison['runs'][number]['results'] => ({
  M: { count: 1, rows: [{ key: { BRAND: '<Acme>' }, value: { CNT: 3, MEAN: mean } }], records: 3, tombstones: 0 },
});

const comparison: Comparison = {
  startedMs: 1_795_629_000_000,
  pipeline: 'CREATE TABLE m AS SELECT brand, COUNT(*) FROM s WHERE x < 3 GROUP BY brand;',
  records: 3000,
  machine: '2 × CPU, 24 GiB',
  runs: [
    {
      engine: 'millrace',
      title: 'Millrace 1',
      firstResultMs: 120,
      totalMs: 500,
      memoryBytes: 100 * 2 ** 20,
      notes: [],
      results: rows(45.75),
    },
    {
      engine: 'flink',
      title: 'Flink 2',
      firstResultMs: -1,
      totalMs: 3000,
      memoryBytes: 0,
      notes: [{ name: 'average-of-integers', text: 'AVG is cut.' }],
      results: rows(45),
    },
  ],
  failures: [{ engine: 'spark', title: 'Spark 4', reason: 'Spark is not installed.' }],
  queries: [
    {
      name: 'M',
      kind: 'TABLE',
      differences: {
        flink: {
          counts: { 'average-of-integers': 1 },
          examples: [
            { name: 'average-of-integers', key: { BRAND: '<Acme>' }, column: 'MEAN', expected: 45.75, actual: 45 },
          ],
        },
      },
    },
  ],
};

test('the text tells figures, answers side by side, differences by name and who did not run', () => {
  expect(comparisonText(comparison)).toBe(`3,000 records, 2 × CPU, 24 GiB

              Millrace 1  Flink 2
first result      0.12 s     none
all results       0.50 s   3.00 s
records/s          6,000    1,000
memory           100 MiB        -

Spark 4 did not run it: Spark is not installed.

TABLE M
                    Millrace 1  Flink 2
  rows                       1        1
  records written            3        3
  answers          the measure  1 named

  BRAND   CNT (Millrace)  CNT (Flink)  MEAN (Millrace)  MEAN (Flink)
  <Acme>               3            3            45.75          45 ≠
  Flink 2: 1 × average-of-integers (AVG of whole numbers is cut to a whole number), such as BRAND=<Acme>, MEAN: 45.75 here, 45 there

What the engines do otherwise:
  Flink 2: average-of-integers: AVG is cut.
`);
});

test('the page needs nothing else, and what comes from records is text', () => {
  const page = comparisonPage(comparison);
  expect(page).toContain('&lt;Acme&gt;');
  expect(page).not.toContain('<Acme>');
  expect(page).toContain('WHERE x &lt; 3');
  expect(page).toMatch(/<td class="differs">.*45\.75.*45<\/td>/);
  expect(page).toContain('The answers are equal but for what is known of the engines: average-of-integers.');
  expect(page).not.toMatch(/<(script|link|img)\b|https?:/);
});

test('windows are drawn over time, a drawing for each key, and told as times', () => {
  const window = (
    brand: string,
    start: number,
    count: number,
  ): Comparison['runs'][number]['results'][string]['rows'][number] => ({
    key: { BRAND: brand, WINDOWSTART: start },
    value: { CNT: count },
  });
  const rowsOf = ['Acme', 'Globex'].flatMap((brand) =>
    [0, 5000, 10_000].map((start) => window(brand, start, 4 + start)),
  );
  const runs = comparison.runs.map((run) => ({
    ...run,
    results: { M: { count: 6, rows: rowsOf, records: 6, tombstones: 0 } },
  }));
  const page = comparisonPage({ ...comparison, runs, queries: [{ name: 'M', kind: 'TABLE', differences: {} }] });
  expect(page.match(/<polyline/g)).toHaveLength(4);
  expect(page).toContain('<figcaption>CNT of Globex</figcaption>');
  expect(page).toContain('<td>1970-01-01 00:00:05</td>');
  expect(page).toContain('Every engine gives the same answers.');
});
