/** The results of long runs, written down with their date, machine and versions: a section each of docs/reference/judges.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { version } from '../../../src/server/version.ts';

const file = new URL('../../../docs/reference/judges.md', import.meta.url);

/** Replaces the section of this title, or adds it. */
export function record(title: string, versions: string, lines: readonly string[]): void {
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  const when = new Date().toISOString().slice(0, 10);
  const section = `## ${title}\n\n${when}, Millrace ${version}, ${versions}, Node ${process.version}, ${machine}.\n\n${lines.join('\n')}\n`;
  const [head = '', ...sections] = readFileSync(file, 'utf8').split(/^(?=## )/m);
  const others = sections.filter((one) => !one.startsWith(`## ${title}\n`)).map((one) => `${one.trimEnd()}\n`);
  writeFileSync(file, [`${head.trimEnd()}\n`, ...[...others, section].toSorted()].join('\n'));
}
