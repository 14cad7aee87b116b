/** `npm run conformance:ksql`: runs the cases of any folder and prints, per file, what passed, failed and was skipped. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../../src/core/errors.ts';
import { readCaseFile } from './cases.ts';
import { judgeCase } from './judge.ts';

export interface CaseRun {
  /** A folder of case files, or one with `query` or `cases/query` in it. */
  readonly folder: string;
  /** Only this file, with or without `.json`. */
  readonly file?: string | undefined;
  /** Only cases whose name contains this. */
  readonly name?: string | undefined;
  /** Also the names of what passed, and reasons in full. */
  readonly verbose?: boolean | undefined;
}

export interface CaseCounts {
  passed: number;
  failed: number;
  skipped: number;
}

interface Tally extends CaseCounts {
  positive: { passed: number; all: number };
  negative: { strict: number; lenient: number; all: number };
  foreignTopics: number;
}

/** @throws when there is no such folder or no case file in it */
export function runCases(run: CaseRun, print: (line: string) => void): CaseCounts {
  const folder = caseFolder(run.folder);
  const files = readdirSync(folder)
    .filter(
      (file) =>
        file.endsWith('.json') &&
        (run.file === undefined || file.replace(/\.json$/, '') === run.file.replace(/\.json$/, '')),
    )
    .sort();
  if (files.length === 0)
    throw new Error(`${folder} holds ${run.file === undefined ? 'no *.json' : `no ${run.file}`}.`);
  const all: Tally = {
    passed: 0,
    failed: 0,
    skipped: 0,
    positive: { passed: 0, all: 0 },
    negative: { strict: 0, lenient: 0, all: 0 },
    foreignTopics: 0,
  };
  for (const file of files) runFile(join(folder, file), file, run, all, print);
  const { positive, negative } = all;
  print('');
  print(`positive cases: ${positive.passed} of ${positive.all} passed`);
  print(
    `negative cases: ${negative.strict} of ${negative.all} refused with the class and the text (strict), ${negative.lenient} with the class (lenient)`,
  );
  if (all.foreignTopics > 0)
    print(`cases that name internal topics of ksqlDB's own plans, whose names were not compared: ${all.foreignTopics}`);
  print(`${all.passed} passed, ${all.failed} failed, ${all.skipped} skipped`);
  return all;
}

function caseFolder(folder: string): string {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw new Error(`There is no folder ${folder}.`);
  return [join(folder, 'cases', 'query'), join(folder, 'query'), folder].find((path) => existsSync(path)) as string;
}

function runFile(path: string, file: string, run: CaseRun, all: Tally, print: (line: string) => void): void {
  const lines: string[] = [];
  const counts: CaseCounts = { passed: 0, failed: 0, skipped: 0 };
  const note = (status: keyof CaseCounts, name: string, why?: string): void => {
    counts[status]++;
    all[status]++;
    if (status === 'passed' && run.verbose !== true) return;
    const text = why === undefined ? '' : `: ${run.verbose === true ? why : shortened(why)}`;
    lines.push(`  ${status === 'passed' ? 'passed ' : status === 'failed' ? 'FAILED ' : 'skipped'} ${name}${text}`);
  };
  let read: ReturnType<typeof readCaseFile>;
  try {
    read = readCaseFile(path);
  } catch (error) {
    all.failed++;
    print(`${file}: cannot be read: ${shortened(messageOf(error))}`);
    return;
  }
  const wanted = (name: string): boolean => run.name === undefined || name.includes(run.name);
  for (const problem of read.problems) if (wanted(problem)) note('failed', problem, 'the case cannot be read');
  for (const name of read.disabled) if (wanted(name)) note('skipped', name, '"enabled" is false');
  for (const one of read.cases) {
    if (!wanted(one.name)) continue;
    const { status, why, lenient, foreignTopics = [] } = judgeCase(one);
    note(status, one.name, why);
    if (foreignTopics.length > 0) all.foreignTopics++;
    if (one.expected === undefined) {
      all.positive.all++;
      if (status === 'passed') all.positive.passed++;
    } else if (status !== 'skipped') {
      all.negative.all++;
      if (lenient === true) all.negative.lenient++;
      if (status === 'passed') all.negative.strict++;
    }
  }
  if (counts.passed + counts.failed + counts.skipped === 0) return;
  print(`${file}: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  for (const line of lines) print(line);
}

function shortened(text: string): string {
  const [line = ''] = text.split('\n');
  return line.length > 240 ? `${line.slice(0, 240)} …` : line;
}
