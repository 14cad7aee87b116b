/**
 * What members of groups said to Apache Kafka 4.3.1, and its answers: ours are the same, to the last epoch and partition. The scripts are
 * made of seeds (`group-script.ts`). To record them again, start a Kafka with `group.consumer.assignment.interval.ms=0`,
 * `group.consumer.assignors=range,uniform` and `offsets.topic.num.partitions=1`, and name its port in MILLRACE_RECORD_GROUPS.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Broker } from '../../../../src/broker/broker.ts';
import { listenForClients } from '../../../../src/broker/listener.ts';
import type { BrokerListener } from '../../../../src/broker/listener.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import { nodeDisk } from '../../../../src/core/disk.ts';
import { silentLogger } from '../../../../src/core/logger.ts';
import { nodeNetwork } from '../../../../src/core/network.ts';
import { systemRandom } from '../../../../src/core/random.ts';
import { Asker, GroupScript } from './group-script.ts';

const file = join(import.meta.dirname, 'recorded-scripts.json');
const recordPort = Number(process.env['MILLRACE_RECORD_GROUPS'] ?? 0);
const lines = 40;

if (recordPort > 0) {
  it('records', { timeout: 300_000 }, async () => {
    const asker = new Asker(recordPort);
    const script = new GroupScript(asker);
    await script.prepare();
    const answers: Record<string, string[]> = {};
    for (let seed = 1; seed <= 20; seed++) answers[seed] = await script.play(seed, lines, 'recorded');
    asker.close();
    writeFileSync(file, `${JSON.stringify(answers, undefined, 1)}\n`);
  });
}

describe('scripts that were played to Apache Kafka', () => {
  const recorded = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string[]>);
  let folder = '';
  let broker: Broker;
  let listener: BrokerListener;
  let asker: Asker;
  let script: GroupScript;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-scripts-'));
    broker = await Broker.open({
      disk: nodeDisk,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
      dataDir: folder,
      config: {
        'group.consumer.assignment.interval.ms': '0',
        'group.consumer.assignors': 'range,uniform',
        'offsets.topic.num.partitions': '1',
      },
    });
    listener = await listenForClients(broker, { network: nodeNetwork, port: 0 });
    asker = new Asker(listener.port);
    script = new GroupScript(asker);
    await script.prepare();
  });
  afterAll(async () => {
    asker.close();
    await listener.close();
    await broker.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(recorded)('seed %s', async (seed, answers) => {
    expect(await script.play(Number(seed), lines, 'recorded')).toEqual(answers);
  });
});
