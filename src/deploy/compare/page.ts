/** A comparison as one HTML page that needs nothing else: figures as bars, answers side by side and drawn, differences by name. */
import { differenceNames } from '../notes.ts';
import type { Comparison, ComparedQuery, EngineRun } from './comparison.ts';
import {
  cellText,
  keyText,
  memoryText,
  namedDifferences,
  rateText,
  secondsText,
  sideBySide,
  verdict,
} from './report.ts';

const colours = ['#2563eb', '#e11d48', '#d97706'];

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
<p class="legend">${runs.map(({ title: name }, i) => `<span><i style="background:${colours[i] ?? '#555'}"></i>${escape(name)}</span>`).join('')}</p>
<div class="charts">
${bars(
  'Time to first result',
  runs,
  ({ firstResultMs }) => Math.max(0, firstResultMs),
  ({ firstResultMs }) => secondsText(firstResultMs),
)}
${bars(
  'Time to all results',
  runs,
  ({ totalMs }) => totalMs,
  ({ totalMs }) => secondsText(totalMs),
)}
${bars(
  'Records a second',
  runs,
  ({ totalMs }) => records / Math.max(1, totalMs),
  ({ totalMs }) => rateText(records, totalMs),
)}
${bars(
  'Memory',
  runs,
  ({ memoryBytes }) => memoryBytes,
  ({ memoryBytes }) => memoryText(memoryBytes),
)}
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

const style = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #1f2937; background: #fff }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2.2rem; border-bottom: 1px solid #e5e7eb }
.legend span { margin-right: 1.2rem } .legend i { display: inline-block; width: .8rem; height: .8rem; margin-right: .4rem; border-radius: 2px }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem }
figure { margin: 0 } figcaption { font-weight: 600 }
.scroll { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem }
th, td { padding: .25rem .6rem; border-bottom: 1px solid #e5e7eb; text-align: right; white-space: nowrap } th:first-child, td:first-child { text-align: left }
.differs { background: #fee2e2 } .good { color: #15803d } .bad { color: #b91c1c; font-weight: 600 }
.failure { background: #fef3c7; padding: .5rem .8rem } pre { background: #f3f4f6; padding: .8rem; overflow-x: auto }
@media (prefers-color-scheme: dark) { body { color: #e5e7eb; background: #111827 } pre { background: #1f2937 } .differs { background: #7f1d1d } .failure { background: #78350f } th, td, h2 { border-color: #374151 } text { fill: #e5e7eb } }
`;

/** Horizontal bars, one for each engine, with their figure behind. */
function bars(
  title: string,
  runs: readonly EngineRun[],
  value: (run: EngineRun) => number,
  text: (run: EngineRun) => string,
): string {
  const most = Math.max(...runs.map(value), 1e-9);
  const rows = runs.map((run, i) => {
    const width = Math.max(1, (value(run) / most) * 260);
    const y = 6 + i * 26;
    return `<rect x="0" y="${y}" width="${width.toFixed(1)}" height="18" rx="2" fill="${colours[i] ?? '#555'}"/><text x="${(width + 6).toFixed(1)}" y="${y + 14}" font-size="13">${escape(text(run))}</text>`;
  });
  return `<figure><figcaption>${escape(title)}</figcaption><svg viewBox="0 0 380 ${runs.length * 26 + 8}" role="img" aria-label="${escape(`${title}: ${runs.map((run) => `${run.title} ${text(run)}`).join(', ')}`)}">${rows.join('')}</svg></figure>`;
}

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
${kind === 'TABLE' ? `${plot(name, runs)}\n${answers(name, runs)}` : ''}
${differenceList(query, runs)}`;
}

function answers(name: string, runs: readonly EngineRun[]): string {
  const [header = [], ...rows] = sideBySide(name, runs);
  const body = rows.map(
    (row) =>
      `<tr>${row.map((text) => (text.endsWith(' ≠') ? `<td class="differs">${escape(text.slice(0, -2))}</td>` : `<td>${escape(text)}</td>`)).join('')}</tr>`,
  );
  return `<div class="scroll"><table><tr>${header.map((text) => `<th>${escape(text)}</th>`).join('')}</tr>${body.join('')}</table></div>`;
}

/** Columns drawn as lines over the rows in the order of their keys, each engine in its colour: equal answers lie on each other. */
function plot(name: string, runs: readonly EngineRun[]): string {
  const rows = runs[0]?.results[name]?.rows ?? [];
  const column = Object.entries(rows[0]?.value ?? {}).find(([, cell]) => typeof cell === 'number')?.[0];
  if (column === undefined || rows.length < 3) return '';
  const keys = rows.map(({ key }) => JSON.stringify(key)).toSorted();
  const series = runs.map(({ results }) => {
    const values = new Map(results[name]?.rows.map((row) => [JSON.stringify(row.key), row.value[column]]));
    return keys.map((key) => values.get(key));
  });
  const numbers = series.flat().filter((cell) => typeof cell === 'number');
  const [low, high] = [Math.min(0, ...numbers), Math.max(...numbers, 1e-9)];
  const x = (i: number): string => ((i / Math.max(1, keys.length - 1)) * 700 + 10).toFixed(1);
  const y = (value: number): string => (150 - ((value - low) / (high - low || 1)) * 140).toFixed(1);
  const lines = series.map((values, run) => {
    const points = values.flatMap((value, i) => (typeof value === 'number' ? [`${x(i)},${y(value)}`] : []));
    return `<polyline fill="none" stroke="${colours[run] ?? '#555'}" stroke-width="${6 - 2 * run}" stroke-opacity=".8" points="${points.join(' ')}"/>`;
  });
  return `<figure><figcaption>${escape(column)} by key (${keys.length} ${keys.length < (runs[0]?.results[name]?.count ?? 0) ? 'of the rows' : 'rows'}, ${cellText(low)} to ${cellText(high)})</figcaption><svg viewBox="0 0 720 160" role="img" aria-label="${escape(`${column} of each engine over the rows`)}">${lines.join('')}</svg></figure>`;
}

function differenceList(query: ComparedQuery, runs: readonly EngineRun[]): string {
  const items = runs.flatMap(({ engine, title }) =>
    namedDifferences(query, engine).map(({ name: difference, count, example }) => {
      const meaning =
        difference === 'unexplained' ? 'nothing known of the engine explains it' : differenceNames[difference];
      return `<li><b>${escape(title)}, ${count} × ${difference}:</b> ${escape(meaning)}. ${escape(`${keyText(example.key)}${example.column === undefined ? '' : `, ${example.column}`}: ${cellText(example.expected)} here, ${cellText(example.actual)} there.`)}</li>`;
    }),
  );
  return items.length === 0 ? '<p class="good">Every engine gives the same answer.</p>' : `<ul>${items.join('')}</ul>`;
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

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
