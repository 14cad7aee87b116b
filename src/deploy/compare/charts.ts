/** Drawings of a comparison's page, as SVG: bars of the engines' figures, results of theirs over keys and over time. */

export const engineColours: readonly string[] = ['#2563eb', '#e11d48', '#d97706'];

/** What one engine has for each of the categories or points of a drawing; undefined where it has nothing. */
export interface Series {
  readonly title: string;
  readonly values: readonly (number | undefined)[];
}

export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

export function colourOf(engine: number): string {
  return engineColours[engine] ?? '#555';
}

/** A time of day, in UTC; with the day where `withDay`. */
export function timeText(ms: number, withDay: boolean): string {
  const iso = new Date(ms).toISOString();
  return `${withDay ? `${iso.slice(0, 10)} ` : ''}${iso.slice(11, ms % 1000 === 0 ? 19 : 23)}`;
}

/** Horizontal bars, one for each engine, with their figure behind. */
export function bars(
  title: string,
  engines: readonly { readonly title: string; readonly value: number; readonly text: string }[],
): string {
  const most = Math.max(...engines.map(({ value }) => value), 1e-9);
  const rows = engines.map(({ value, text }, i) => {
    const width = Math.max(1, (value / most) * 150);
    const y = 6 + i * 24;
    return `<rect x="0" y="${y}" width="${width.toFixed(1)}" height="16" rx="2" fill="${colourOf(i)}"/><text x="${(width + 6).toFixed(1)}" y="${y + 13}" font-size="13">${escape(text)}</text>`;
  });
  const spoken = `${title}: ${engines.map((one) => `${one.title} ${one.text}`).join(', ')}`;
  return figure(title, spoken, 250, engines.length * 24 + 8, rows);
}

const plot = { left: 62, top: 14, width: 600, height: 130 };

/** Bars in groups, one group for each key, one bar in it for each engine. */
export function keyBars(title: string, keys: readonly string[], series: readonly Series[]): string {
  const scale = scaleOf(series);
  const group = plot.width / Math.max(1, keys.length);
  const bar = Math.min(26, (group * 0.8) / Math.max(1, series.length));
  const drawn = keys.flatMap((key, i) => {
    const middle = plot.left + (i + 0.5) * group;
    const left = middle - (bar * series.length) / 2;
    const label = `<text x="${middle.toFixed(1)}" y="${plot.top + plot.height + 16}" font-size="12" text-anchor="middle">${escape(shortened(key, Math.floor(group / 7)))}</text>`;
    const engines = series.flatMap(({ values }, engine) => {
      const value = values[i];
      if (value === undefined) return [];
      const [from, to] = [scale.y(Math.max(0, value)), scale.y(Math.min(0, value))];
      return [
        `<rect x="${(left + engine * bar).toFixed(1)}" y="${from.toFixed(1)}" width="${(bar - 1).toFixed(1)}" height="${Math.max(0.5, to - from).toFixed(1)}" fill="${colourOf(engine)}"/>`,
      ];
    });
    return [...engines, label];
  });
  const spoken = `${title} of ${keys.join(', ')} on ${series.map((one) => one.title).join(', ')}`;
  return figure(title, spoken, plot.left + plot.width + 10, plot.top + plot.height + 24, [...scale.grid, ...drawn]);
}

/** Lines over time, one for each engine: wide, narrower, dotted, so that equal ones are all seen. */
export function timeLines(title: string, times: readonly number[], series: readonly Series[]): string {
  const scale = scaleOf(series);
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const x = (time: number): number => plot.left + ((time - first) / (last - first || 1)) * plot.width;
  const lines = series.map(({ values }, engine) => {
    const points = values.flatMap((value, i) =>
      value === undefined ? [] : [`${x(times[i] ?? 0).toFixed(1)},${scale.y(value).toFixed(1)}`],
    );
    const dots = engine < 2 ? '' : ' stroke-dasharray="2 4"';
    return `<polyline fill="none" stroke="${colourOf(engine)}" stroke-width="${[6, 2.5, 2.5][engine] ?? 1}" stroke-opacity="${engine === 0 ? 0.45 : 1}"${dots} points="${points.join(' ')}"/>`;
  });
  const labels = [first, (first + last) / 2, last].map((time, i) => {
    const anchor = ['start', 'middle', 'end'][i] ?? 'middle';
    return `<text x="${x(time).toFixed(1)}" y="${plot.top + plot.height + 16}" font-size="12" text-anchor="${anchor}">${timeText(Math.round(time / 1000) * 1000, false)}</text>`;
  });
  const spoken = `${title} from ${timeText(first, true)} to ${timeText(last, true)} on ${series.map((one) => one.title).join(', ')}`;
  return figure(title, spoken, plot.left + plot.width + 10, plot.top + plot.height + 24, [
    ...scale.grid,
    ...lines,
    ...labels,
  ]);
}

/** From 0, or the least value below it, to the most; with lines at both ends and between. */
function scaleOf(series: readonly Series[]): { readonly y: (value: number) => number; readonly grid: string[] } {
  const numbers = series.flatMap(({ values }) => values.filter((value) => value !== undefined));
  const [low, high] = [Math.min(0, ...numbers), Math.max(0, ...numbers)];
  const y = (value: number): number => plot.top + plot.height - ((value - low) / (high - low || 1)) * plot.height;
  const grid = [low, (low + high) / 2, high].map(
    (value) =>
      `<line x1="${plot.left}" x2="${plot.left + plot.width}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}" stroke="#9ca3af" stroke-opacity=".4"/><text x="${plot.left - 6}" y="${(y(value) + 4).toFixed(1)}" font-size="12" text-anchor="end">${Number(value.toPrecision(3)).toLocaleString('en-US')}</text>`,
  );
  return { y, grid };
}

function figure(title: string, spoken: string, width: number, height: number, parts: readonly string[]): string {
  return `<figure><figcaption>${escape(title)}</figcaption><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(spoken)}">${parts.join('')}</svg></figure>`;
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(1, length - 1))}…`;
}
