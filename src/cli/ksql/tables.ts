/** The two kinds of tables of ksqlDB's command line: lists, whose columns fit their widest value, and rows of queries, whose columns share the screen. */

/** A list: header, dashes, rows, dashes. `width` of the terminal cuts the dashes only. Ends with a line break. */
export function listTable(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
  footer?: string,
): string {
  const widths = headers.map((header, i) =>
    Math.max(header.length, ...rows.flatMap((row) => (row[i] ?? '').split('\n').map((line) => line.length))),
  );
  const line = (cells: readonly string[]): string =>
    ` ${widths.map((cellWidth, i) => (cells[i] ?? '').padEnd(cellWidth)).join(' | ')} \n`;
  const full = widths.reduce((sum, cellWidth) => sum + cellWidth + 3, -1);
  const dashes = `${'-'.repeat(Math.min(width, full))}\n`;
  return `${line(headers)}${dashes}${rows.map(line).join('')}${dashes}${footer === undefined ? '' : `${footer}\n`}`;
}

export interface RowLayout {
  /** Columns of the terminal. */
  readonly width: number;
  /** Long values go on in the next line; otherwise they end with dots. */
  readonly wrap: boolean;
  /** Width of each column; 0: an equal share of the terminal. */
  readonly columnWidth: number;
}

const cellWidthMin = 5;
const cut = '...';

/** The names of a query's columns between rules. Ends with a line break, or is empty when there is no column. */
export function rowsHeader(names: readonly string[], layout: RowLayout): string {
  if (names.length === 0) return '\n';
  const rule = `+${`${'-'.repeat(cellWidth(names.length, layout))}+`.repeat(names.length)}\n`;
  return `${rule}${rowText(names, { ...layout, wrap: true })}${rule}`;
}

/** A row of a query. Ends with a line break. */
export function rowText(values: readonly string[], layout: RowLayout): string {
  if (values.length === 0) return '\n';
  const width = cellWidth(values.length, layout);
  const cells = values.map((value) => pieces(value, width));
  const height = layout.wrap ? Math.max(...cells.map((cell) => cell.length)) : 1;
  let text = '';
  for (let i = 0; i < height; i++) {
    for (const cell of cells) {
      const piece = (cell[i] ?? '').padEnd(width);
      const clipped = cell.slice(height).some((rest) => rest.trim() !== '');
      text += `|${clipped ? piece.slice(0, -cut.length) + cut : piece}`;
    }
    text += '|\n';
  }
  return text;
}

function cellWidth(count: number, { width, columnWidth }: RowLayout): number {
  return columnWidth > 0 ? columnWidth : Math.max(Math.floor(width / count) - 2, cellWidthMin);
}

function pieces(value: string, width: number): string[] {
  const found = [];
  for (let at = 0; at === 0 || at < value.length; at += width) found.push(value.slice(at, at + width));
  return found;
}
