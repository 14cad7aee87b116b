/** Every option of every tool with values that nobody means to give: it ends, and with a sentence. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toolNamed, toolNames } from '../../../src/cli/kafka/tools.ts';
import { startStack } from '../../../src/server/stack.ts';
import type { Stack } from '../../../src/server/stack.ts';
import { ours } from './side-by-side.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-values-'));
const empty = join(folder, 'empty');
writeFileSync(empty, '');
const values = ['', 'x', '-1', '99999999999999999999', '[', 'a=b', '{"partitions":1}', '\u0000', empty];

/** Beside the option: what the tool needs to come as far as to use it. Others get the broker only. */
const words: Readonly<Record<string, readonly string[]>> = {
  'kafka-topics': ['--describe', '--topic words', '--create --topic words --if-not-exists'],
  'kafka-console-consumer': ['--topic words --timeout-ms 50', '--timeout-ms 50'],
  'kafka-console-producer': ['--topic words'],
  'kafka-avro-console-consumer': ['--topic words --timeout-ms 50'],
  'kafka-consumer-groups': [
    '--list',
    '--describe --group g',
    '--reset-offsets --group g --topic words --dry-run',
    '--reset-offsets --group g --dry-run',
    '--delete-offsets --group g --topic words',
  ],
  'kafka-configs': ['--describe --topic words', '--alter --topic words', '--describe', '--alter'],
  'kafka-log-dirs': ['--describe'],
  'kafka-acls': ['--list', '--add --allow-principal User:x', '--remove --force'],
  'kafka-leader-election': ['--election-type preferred'],
  'kafka-consumer-perf-test': ['--topic words --num-records 1 --timeout 50'],
};
/** Of the tools that have no table of options. */
const argumentTools: Readonly<Record<string, readonly string[]>> = {
  'kafka-transactions': ['list', 'describe', 'describe-producers', 'abort --topic words --partition 0', 'find-hanging'],
  'kafka-producer-perf-test': ['--topic words --num-records 1 --record-size 10 --throughput -1'],
};
const ownArguments: Readonly<Record<string, readonly string[]>> = {
  'kafka-transactions': [
    ...['transactional-id', 'topic', 'partition', 'start-offset', 'broker-id', 'max-transaction-timeout'],
    ...['duration-filter', 'transactional-id-pattern', 'producer-id', 'producer-epoch', 'coordinator-epoch'],
  ],
  'kafka-producer-perf-test': [
    ...[
      'topic',
      'num-records',
      'payload-delimiter',
      'throughput',
      'command-property',
      'transactional-id',
      'record-size',
    ],
    ...['transaction-duration-ms', 'payload-file', 'warmup-records', 'reporting-interval', 'command-config'],
  ],
};

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ ports: 0 });
  await ours('kafka-topics', ['--bootstrap-server', stack.bootstrapServers, '--create', '--topic', 'words']);
});
afterAll(async () => {
  await stack.stop();
  rmSync(folder, { recursive: true });
});

it.each(toolNames())('%s', { timeout: 120_000 }, async (name) => {
  const tool = await toolNamed(name)?.();
  const options = Object.entries(tool?.specs ?? {})
    .filter(([option, { argument }]) => argument !== undefined && option !== 'bootstrap-server')
    .map(([option]) => option);
  const at = ['--bootstrap-server', stack.bootstrapServers];
  for (const line of words[name] ?? argumentTools[name] ?? ['']) {
    for (const option of [...options, ...(ownArguments[name] ?? [])]) {
      for (const value of values) {
        const before = [...at, ...line.split(' ').filter((word) => word !== '')];
        const what = [...before, `--${option}`, value].join(' ');
        const ended = await ours(name, [...before, `--${option}`, value], 'a\n', AbortSignal.timeout(5000)).catch(
          (error: unknown) => ({ code: String(error), stdout: '', stderr: '' }),
        );
        expect.soft([0, 1], what).toContain(ended.code);
        expect.soft(ended.stdout + ended.stderr, what).not.toMatch(/\n\s+at .*:\d+:\d+|TypeError|undefined|\[object/);
      }
    }
  }
});
