/** A comparison as one HTML page that needs nothing else: figures as bars, answers side by side and drawn, differences by name. */
import { differenceNames } from '../notes.ts';
import { bars, colourOf, escape, keyBars, timeLines, timeText } from './charts.ts';
import type { Series } from './charts.ts';
import type { Comparison, ComparedQuery, EngineRun } from './comparison.ts';
import { sameCell } from './differences.ts';
import { cellText, keyText, memoryText, namedDifferences, rateText, secondsText, verdict } from './report.ts';
import type { Cell, ResultRow } from './row-decoder.ts';

export function comparisonPage(comparison: Comparison): string {
  const { runs, records, machine, failures, queries, pipeline, startedMs } = comparison;
  const title = queries.map(({ name }) => name).join(', ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)} on ${runs.length} engines</title>
<style>${style}</style>
</head>
<body>
<h1>${escape(title)}</h1>
<p>The same ${records.toLocaleString('en-US')} records, computed by ${escape(listed(runs.map((run) => run.title)))} on one machine (${escape(machine)}, ${new Date(startedMs).toISOString().slice(0, 16).replace('T', ' ')} UTC).</p>
<p class="legend">${runs.map(({ title: name }, i) => `<span><i style="background:${colourOf(i)}"></i>${escape(name)}</span>`).join('')}</p>
${summary(queries, runs)}
<div class="charts">
${figures
  .map(({ title: name, value, text }) =>
    bars(
      name,
      runs.map((run) => ({ title: run.title, value: value(run, records), text: text(run, records) })),
    ),
  )
  .join('\n')}
</div>
${failures.map(({ title: name, reason }) => `<p class="failure"><b>${escape(name)} did not run it:</b> ${escape(reason)}</p>`).join('\n')}
${queries.map((query) => querySection(query, runs)).join('\n')}
<h2>What the engines do otherwise</h2>
${notesList(runs)}
<h2>The pipeline</h2>
<pre>${escape(pipeline.trim())}</pre>
</body>
</html>
`;
}

interface Figure {
  readonly title: string;
  readonly value: (run: EngineRun, records: number) => number;
  readonly text: (run: EngineRun, records: number) => string;
}

const figures: readonly Figure[] = [
  {
    title: 'Time to first result',
    value: ({ firstResultMs }) => Math.max(0, firstResultMs),
    text: ({ firstResultMs }) => secondsText(firstResultMs),
  },
  { title: 'Time to all results', value: ({ totalMs }) => totalMs, text: ({ totalMs }) => secondsText(totalMs) },
  {
    title: 'Records a second',
    value: ({ totalMs }, records) => records / Math.max(1, totalMs),
    text: ({ totalMs }, records) => rateText(records, totalMs),
  },
  {
    title: 'Memory',
    value: ({ memoryBytes }) => memoryBytes,
    text: ({ memoryBytes }) => memoryText(memoryBytes),
  },
];

/** The one sentence that most readers look for. */
function summary(queries: readonly ComparedQuery[], runs: readonly EngineRun[]): string {
  const found = runs.flatMap(({ engine }) => queries.flatMap((query) => namedDifferences(query, engine)));
  const unexplained = found.filter(({ name }) => name === 'unexplained').reduce((sum, { count }) => sum + count, 0);
  if (unexplained > 0)
    return `<p class="bad">${unexplained.toLocaleString('en-US')} differences have no explanation.</p>`;
  if (runs.length < 2) return '';
  const names = [...new Set(found.map(({ name }) => name))];
  return names.length === 0
    ? '<p class="good">Every engine gives the same answers.</p>'
    : `<p class="good">The answers are equal but for what is known of the engines: ${escape(listed(names))}.</p>`;
}

const style = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #1f2937; background: #fff }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2.2rem; border-bottom: 1px solid #e5e7eb }
.legend span { margin-right: 1.2rem } .legend i { display: inline-block; width: .8rem; height: .8rem; margin-right: .4rem; border-radius: 2px }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(14rem, 1fr)); gap: 1rem }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(30rem, 1fr)); gap: 1rem; margin: 1rem 0 }
figure { margin: 0 } figcaption { font-weight: 600 }
.scroll { overflow: auto; max-height: 26rem; margin: .8rem 0 } .rows th { position: sticky; top: 0; background: #fff } .rows i { display: inline-block; width: .6rem; height: .6rem; margin: 0 .3rem; border-radius: 2px }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem }
th, td { padding: .25rem .6rem; border-bottom: 1px solid #e5e7eb; text-align: right; white-space: nowrap } th:first-child, td:first-child { text-align: left }
.differs { background: #fee2e2 } p.good, p.bad { font-size: 1.05rem } .good { color: #15803d } .bad { color: #b91c1c; font-weight: 600 }
.failure { background: #fef3c7; padding: .5rem .8rem } pre { background: #f3f4f6; padding: .8rem; overflow-x: auto }
@media (prefers-color-scheme: dark) { body, .rows th { color: #e5e7eb; background: #111827 } .good { color: #4ade80 } .bad { color: #f87171 } pre { background: #1f2937 } .differs { background: #7f1d1d } .failure { background: #78350f } th, td, h2 { border-color: #374151 } text { fill: #e5e7eb } }
`;

function querySection(query: ComparedQuery, runs: readonly EngineRun[]): string {
  const { name, kind } = query;
  const cells = (value: (run: EngineRun) => string): string => runs.map((run) => `<td>${value(run)}</td>`).join('');
  const judged = (run: EngineRun): string => {
    const text = verdict(query, run.engine);
    return `<span class="${text.includes('UNEXPLAINED') ? 'bad' : 'good'}">${escape(text)}</span>`;
  };
  return `<h2>${kind === 'TABLE' ? 'Table' : 'Stream'} ${escape(name)}</h2>
<div class="scroll"><table>
<tr><th></th>${runs.map(({ title }) => `<th>${escape(title)}</th>`).join('')}</tr>
<tr><td>Rows in the end</td>${cells(({ results }) => String(results[name]?.count ?? 0))}</tr>
<tr><td>Records written</td>${cells(({ results }) => (results[name]?.records ?? 0).toLocaleString('en-US'))}</tr>
<tr><td>Of them withdrawals</td>${cells(({ results }) => (results[name]?.tombstones ?? 0).toLocaleString('en-US'))}</tr>
<tr><td>Answers</td>${cells(judged)}</tr>
</table></div>
${kind === 'TABLE' ? `${plots(name, runs)}\n${answers(name, runs)}` : ''}
${differenceList(query, runs)}`;
}

/** The rows of a result; of a cell on which the engines agree one value, else the value of each. */
function answers(name: string, runs: readonly EngineRun[]): string {
  const rows = sortedRows(name, runs);
  const [first] = rows;
  if (first === undefined) return '';
  const values = runs.map(({ results }) => valuesByKey(results[name]?.rows ?? []));
  const body = rows.map(({ key, value }) => {
    const known = JSON.stringify(key);
    const keys = Object.entries(key).map(([column, cell]) => `<td>${escape(keyCellText(column, cell))}</td>`);
    const cells = Object.entries(value).map(([column, cell]) => {
      const others = values.map((of) => of.get(known)?.[column]);
      if (others.every((other) => other !== undefined && sameCell(other, cell)))
        return `<td>${escape(cellText(cell))}</td>`;
      const each = others.map((other, i) => `<i style="background:${colourOf(i)}"></i>${escape(cellText(other))}`);
      return `<td class="differs">${each.join('')}</td>`;
    });
    return `<tr>${[...keys, ...cells].join('')}</tr>`;
  });
  const header = [...Object.keys(first.key), ...Object.keys(first.value)].map((column) => `<th>${escape(column)}</th>`);
  return `<div class="scroll"><table class="rows"><thead><tr>${header.join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

function sortedRows(name: string, runs: readonly EngineRun[]): ResultRow[] {
  return (runs[0]?.results[name]?.rows ?? []).toSorted((a, b) => (keyText(a.key) < keyText(b.key) ? -1 : 1));
}

function valuesByKey(rows: readonly ResultRow[]): Map<string, ResultRow['value']> {
  return new Map(rows.map((row) => [JSON.stringify(row.key), row.value]));
}

const windowColumn = 'WINDOWSTART';

function keyCellText(column: string, cell: Cell): string {
  return column === windowColumn && typeof cell === 'number' ? timeText(cell, true) : cellText(cell);
}

/** So many keys are drawn beside each other, and so many columns or keys over time below each other. */
const drawnKeysMax = 12;
const drawnMax = 4;

/** Numbers of a result, drawn: of windows over time, a drawing for each key; else over the keys, a drawing for each column. */
function plots(name: string, runs: readonly EngineRun[]): string {
  const rows = sortedRows(name, runs);
  const numeric = Object.entries(rows[0]?.value ?? {}).filter(([, cell]) => typeof cell === 'number');
  const columns = numeric.map(([column]) => column);
  const values = runs.map(({ results }) => valuesByKey(results[name]?.rows ?? []));
  const seriesOf = (of: readonly ResultRow[], column: string): Series[] =>
    runs.map(({ title }, i) => ({
      title,
      values: of.map(({ key }) => {
        const cell = values[i]?.get(JSON.stringify(key))?.[column];
        return typeof cell === 'number' ? cell : undefined;
      }),
    }));
  const [column] = columns;
  if (column === undefined) return '';
  if (typeof rows[0]?.key[windowColumn] === 'number') {
    const byKey = new Map<string, ResultRow[]>();
    for (const row of rows) {
      const { [windowColumn]: _start, ...own } = row.key;
      const key = Object.values(own).map(cellText).join(', ');
      const known = byKey.get(key);
      if (known === undefined) byKey.set(key, [row]);
      else known.push(row);
    }
    const drawn = [...byKey].filter(([, of]) => of.length > 2).slice(0, drawnMax);
    return figuresOf(
      drawn.map(([key, of]) => {
        const sorted = of.toSorted((a, b) => Number(a.key[windowColumn]) - Number(b.key[windowColumn]));
        const times = sorted.map(({ key: at }) => Number(at[windowColumn]));
        return timeLines(`${column} of ${key === '' ? 'each window' : key}`, times, seriesOf(sorted, column));
      }),
    );
  }
  const shown = rows.slice(0, drawnKeysMax);
  const keys = shown.map(({ key }) => Object.values(key).map(cellText).join(', '));
  return figuresOf(columns.slice(0, drawnMax).map((one) => keyBars(one, keys, seriesOf(shown, one))));
}

function figuresOf(drawings: readonly string[]): string {
  return drawings.length === 0 ? '' : `<div class="plots">${drawings.join('\n')}</div>`;
}

function differenceList(query: ComparedQuery, runs: readonly EngineRun[]): string {
  const items = runs.flatMap(({ engine, title }) =>
    namedDifferences(query, engine).map(({ name: difference, count, example }) => {
      const meaning =
        difference === 'unexplained' ? 'nothing known of the engine explains it' : differenceNames[difference];
      return `<li><b>${escape(title)}, ${count} × ${difference}:</b> ${escape(meaning)}. ${escape(`${keyText(example.key)}${example.column === undefined ? '' : `, ${example.column}`}: ${cellText(example.expected)} here, ${cellText(example.actual)} there.`)}</li>`;
    }),
  );
  return items.length === 0 ? '' : `<ul>${items.join('')}</ul>`;
}

function notesList(runs: readonly EngineRun[]): string {
  const items = runs.flatMap(({ title, notes }) =>
    notes.map(({ name, text }) => `<li><b>${escape(title)}, ${name}:</b> ${escape(text)}</li>`),
  );
  return items.length === 0 ? '<p>Nothing.</p>' : `<ul>${[...new Set(items)].join('')}</ul>`;
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
