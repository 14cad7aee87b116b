/** kafka-producer-perf-test and kafka-consumer-perf-test beside Kafka's own: the same lines, with other figures in them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, it } from 'vitest';
import { startStack } from '../../../src/server/stack.ts';
import type { Stack } from '../../../src/server/stack.ts';
import { describePeer } from '../../peers.ts';
import { endJavaTools } from './java-tools.ts';
import { ours, sameOutput } from './side-by-side.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-perf-'));
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ ports: 0 });
  await ours('kafka-topics', ['--bootstrap-server', stack.bootstrapServers, '--create', '--topic', 'perf']);
  writeFileSync(join(folder, 'payloads.txt'), 'one\ntwo\nthree\n');
  writeFileSync(join(folder, 'producer.properties'), `bootstrap.servers=${stack.bootstrapServers}\nlinger.ms=1\n`);
});
afterAll(async () => {
  endJavaTools();
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Lines with figures that differ from run to run; how many lines of progress there are, and which comes first, is a matter of time. */
function figures(text: string): string {
  const lines = text.replace(/(?<![\w-])-?\d+(\.\d+)?(E\d+)?(?![\w-])/g, (number) =>
    number.includes('.') ? 'N.N' : 'N',
  );
  return [...new Set(lines.split('\n'))].sort().join('\n');
}

async function sameLines(tool: string, table: string): Promise<void> {
  for (const line of table.trim().split('\n')) {
    const args = line.trim() === '-' ? [] : line.trim().split(/\s+/);
    const words = args.flatMap((word) =>
      word === '@'
        ? ['--bootstrap-server', stack.bootstrapServers]
        : [word.replace('%', folder).replace('SERVER', stack.bootstrapServers)],
    );
    await sameOutput(tool, words, { normalize: figures, withErrors: !line.includes('--producer-props acks') });
  }
}

const producer = `
  @ --topic perf --num-records 1000 --throughput -1
  @ --topic perf --num-records 0 --throughput -1 --record-size 10
  @ --topic perf --num-records 10 --throughput -1 --record-size 0
  @ --topic perf --num-records 10 --throughput -1 --record-size 10 --payload-monotonic
  @ --topic perf --num-records x --throughput -1 --record-size 10
  @ --topic perf --num-records 10 --throughput y --record-size 10
  @ --topic perf --num-records 10 --throughput -1 --record-size 10 --reporting-interval 0
  @ --topic perf --num-records 10 --throughput -1 --record-size 10 --warmup-records 10
  @ --topic perf --num-records 10 --throughput -1 --record-size 10 --transaction-duration-ms 0
  @ --topic perf --num-records 10 --throughput -1 --record-size 10 --producer-props a=b --command-property c=d
  --topic perf --num-records 10 --throughput -1 --record-size 10
  @ --topic perf --num-records 2000 --throughput -1 --record-size 100
  --topic perf --num-records 10 --throughput -1 --payload-file %/payloads.txt --producer-props bootstrap.servers=SERVER linger.ms=5
  --topic perf --num-records 10 --throughput -1 --record-size 5 --producer.config %/producer.properties
  --topic perf --num-records 10 --throughput -1 --record-size 5 --command-config %/producer.properties --command-property compression.type=lz4
  @ --topic perf --num-records 500 --throughput 500 --payload-monotonic --reporting-interval 300
  @ --topic perf --num-records 1000 --throughput 1000 --record-size 10 --warmup-records 300 --reporting-interval 300
  @ --topic perf --num-records 100 --throughput -1 --record-size 10 --transaction-duration-ms 10
  @ --topic perf --num-records 100 --throughput -1 --record-size 10 --transactional-id perf`;

const consumer = `
  -
  @
  @ --topic perf
  @ --topic perf --include perf --num-records 10
  @ --topic perf --num-records 3000
  @ --topic perf --messages 3000
  @ --topic perf --num-records 50000 --timeout 1000 --hide-header
  @ --topic perf --num-records 3000 --show-detailed-stats
  @ --include per.* --num-records 3000 --date-format HH:mm`;

describePeer('kafka-tools', 'performance tools', () => {
  it('kafka-producer-perf-test', { timeout: 120_000 }, () => sameLines('kafka-producer-perf-test', producer));
  it('kafka-consumer-perf-test', { timeout: 120_000 }, () => sameLines('kafka-consumer-perf-test', consumer));
});
