/**
 * `millrace demo`, which `npm start` runs: the stack with the walk-through's two connectors, stream and table, and the table's
 * counts and means per brand, live. Everything goes over the same ports that any client uses.
 */
import pc from 'picocolors';
import { sleep, systemClock } from '../core/clock.ts';
import { StackError } from '../core/errors.ts';
import type { Stack } from '../server/stack.ts';
import { version } from '../server/version.ts';
import { addressLines } from './addresses.ts';
import { connectorConfigs, statements, tableQuery } from './demo-pipeline.ts';
import { stopSignal } from './terminal.ts';
import { startFromCli } from './up.ts';
import type { StackCliOptions } from './up.ts';

const refreshMs = 1000;

export async function demo(options: StackCliOptions & { readonly interval: number }): Promise<void> {
  const signal = stopSignal();
  const stack = await startFromCli(options);
  try {
    process.stdout.write(
      `Millrace ${version} is up (${Math.round(process.uptime() * 1000)} ms).\n${addressLines(stack.status())}\n`,
    );
    await createPipeline(stack, options.interval);
    process.stdout.write(
      `Two connectors write commercials_json and commercials_avro; ksqlDB counts them, exactly once:\n\n  ${tableQuery}\n\n`,
    );
    await watch(stack, signal);
  } finally {
    process.stdout.write('\nStopping …\n');
    await stack.stop();
  }
  process.stdout.write(
    'Stopped. The data is kept; the next start goes on from it ("npx millrace reset" deletes it).\n',
  );
}

/** Creates what is not there yet; a second start finds its connectors and its table. */
async function createPipeline(stack: Stack, intervalMs: number): Promise<void> {
  for (const { name, config } of connectorConfigs(intervalMs)) {
    await request(`${stack.connectUrl}/connectors/${name}/config`, 'PUT', config);
  }
  const { entries } = await existingSources(stack);
  for (const { creates, ksql } of statements) {
    if (entries.includes(creates)) continue;
    await retryWhileMissing(() =>
      request(`${stack.ksqlUrl}/ksql`, 'POST', {
        ksql,
        streamsProperties: { 'auto.offset.reset': 'earliest', 'processing.guarantee': 'exactly_once_v2' },
      }),
    );
  }
}

async function existingSources(stack: Stack): Promise<{ entries: string[] }> {
  const answer = (await request(`${stack.ksqlUrl}/ksql`, 'POST', { ksql: 'LIST STREAMS; LIST TABLES;' })) as {
    streams?: { name: string }[];
    tables?: { name: string }[];
  }[];
  return {
    entries: answer.flatMap((entity) => [...(entity.streams ?? []), ...(entity.tables ?? [])].map(({ name }) => name)),
  };
}

/** The stream needs the schema that the connector registers with its first record, a moment after it started. */
async function retryWhileMissing(action: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await action();
      return;
    } catch (error) {
      if (attempt >= 100) throw error;
      await sleep(systemClock, 100);
    }
  }
}

/** Shows the table until the signal: in place on a terminal, one line per change without one. */
async function watch(stack: Stack, signal: AbortSignal): Promise<void> {
  const live = process.stdout.isTTY;
  let drawn = 0;
  let before = '';
  while (!signal.aborted) {
    const rows = await pullTable(stack);
    const text = live ? table(rows) : `${rows.map(plainRow).join(', ')}\n`;
    if (text !== before && rows.length > 0) {
      if (live && drawn > 0) process.stdout.write(`\u001b[${drawn}A\u001b[J`);
      process.stdout.write(text);
      drawn = text.split('\n').length - 1;
      before = text;
    }
    await sleep(systemClock, refreshMs, signal);
  }
}

interface BrandRow {
  readonly brand: string;
  readonly count: number;
  readonly durationMean: number;
  readonly ratingMean: number;
}

async function pullTable(stack: Stack): Promise<BrandRow[]> {
  const response = await fetch(`${stack.ksqlUrl}/query-stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/vnd.ksqlapi.delimited.v1' },
    body: JSON.stringify({ sql: tableQuery }),
  });
  const text = await response.text();
  if (!response.ok) throw new StackError('MILLRACE_QUERY_FAILED', `The table could not be read: ${text}`);
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line) as [string, number, number, number])
    .map(([brand, count, durationMean, ratingMean]) => ({ brand, count, durationMean, ratingMean }))
    .sort((a, b) => (a.brand < b.brand ? -1 : 1));
}

function table(rows: readonly BrandRow[]): string {
  const most = Math.max(1, ...rows.map(({ count }) => count));
  const lines = rows.map(({ brand, count, durationMean, ratingMean }) => {
    const bar = '█'.repeat(Math.max(1, Math.round((count / most) * 24)));
    return `  ${pc.bold(brand.padEnd(10))}${String(count).padStart(9)}  ${durationMean.toFixed(2).padStart(13)}  ${ratingMean.toFixed(2).padStart(11)}  ${pc.cyan(bar)}\n`;
  });
  return `${pc.dim(`  ${'BRAND'.padEnd(10)}${'CNT'.padStart(9)}  DURATION_MEAN  RATING_MEAN\n`)}${lines.join('')}${pc.dim('  Ctrl-C stops')}\n`;
}

function plainRow({ brand, count, durationMean, ratingMean }: BrandRow): string {
  return `${brand} cnt=${count} duration_mean=${durationMean.toFixed(2)} rating_mean=${ratingMean.toFixed(2)}`;
}

async function request(url: string, method: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as { message?: string };
  if (!response.ok)
    throw new StackError('MILLRACE_CONFIG_INVALID', `${method} ${url}: ${answer.message ?? response.status}`);
  return answer;
}
