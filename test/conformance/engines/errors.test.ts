/** What is wrong with an engine, in one sentence each. A Java that only tells its version stands in for a real one: nothing gets as far as to run. */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engineSets } from '../../../src/engines/sets.ts';
import type { EngineName } from '../../../src/engines/sets.ts';
import { startBench } from './engine-tests.ts';
import type { EngineBench } from './engine-tests.ts';

describe.skipIf(process.platform === 'win32')('errors of engines', () => {
  let bench: EngineBench;
  let javaHome = '';

  beforeAll(async () => {
    bench = await startBench();
    javaHome = join(bench.folder, 'java');
    mkdirSync(join(javaHome, 'bin'), { recursive: true });
    java('17.0.15');
    bench.file(
      'pipeline.ksql',
      "CREATE STREAM s (v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');\nCREATE STREAM d AS SELECT v * 2 AS twice FROM s;",
    );
    await bench.createTopic('s', 1);
  });

  afterAll(() => bench?.close());

  function java(version: string): void {
    const path = join(javaHome, 'bin', 'java');
    writeFileSync(path, `#!/bin/sh\necho 'openjdk version "${version}"' >&2\n`);
    chmodSync(path, 0o755);
  }

  async function fails(...args: string[]): Promise<string> {
    const before = process.env['JAVA_HOME'];
    process.env['JAVA_HOME'] = javaHome;
    try {
      const { code, stderr } = await bench.millrace(...args);
      expect(code).toBe(1);
      // Above it stands what was being done.
      const [line = '', ...more] = stderr.split('\n').filter((one) => one !== '' && !one.endsWith(' …'));
      expect(more).toEqual([]);
      return line;
    } finally {
      if (before === undefined) delete process.env['JAVA_HOME'];
      else process.env['JAVA_HOME'] = before;
    }
  }

  /** A folder with all files of the right names. */
  function installed(engine: EngineName): string {
    const set = engineSets[engine];
    const home = join(bench.folder, 'engines', `${engine}-${set.version}`);
    mkdirSync(join(home, 'jars'), { recursive: true });
    for (const { file } of set.jars) writeFileSync(join(home, 'jars', file), '');
    return home;
  }

  const deploy = (to: string, address: string): Promise<string> =>
    fails(
      ...['deploy', 'pipeline.ksql', '--to', to, '--address', address],
      ...['--bootstrap-server', bench.bootstrapServers, '--schema-registry', bench.schemaRegistryUrl],
    );

  test('an engine that is not installed, one of which a jar is missing, and a Java that is too old', async () => {
    const start = (): Promise<string> => fails('engines', 'start', 'kafka');
    expect(await start()).toBe('millrace: Apache Kafka is not installed; "millrace engines install kafka" fetches it.');
    const home = installed('kafka');
    rmSync(join(home, 'jars', 'kafka-clients-4.3.1.jar'));
    expect(await start()).toBe(
      `millrace: Apache Kafka in ${home} lacks kafka-clients-4.3.1.jar; remove that folder, and "millrace engines install kafka" fetches it again.`,
    );
    java('11.0.2');
    expect(await start()).toMatch(/needs Java 17 or newer, and ".*" is Java 11\. Set JAVA_HOME to a newer one\.$/);
    java('17.0.15');
    rmSync(home, { recursive: true });
  });

  test('a port that is taken', async () => {
    installed('flink');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(8089 + bench.portOffset, '127.0.0.1', resolve));
    try {
      expect(await fails('engines', 'start', 'flink', '--port-offset', String(bench.portOffset))).toBe(
        `millrace: Port ${8089 + bench.portOffset}, which Flink's REST needs, is taken. Free it, or move all ports with --port-offset.`,
      );
    } finally {
      server.close();
    }
  });

  test('a cluster that does not answer', async () => {
    expect(await deploy('flink', 'http://localhost:1')).toBe(
      'millrace: Flink does not answer at http://localhost:1. "millrace engines start flink" starts one.',
    );
    expect(await deploy('spark', 'spark://127.0.0.1:1')).toBe(
      'millrace: No Spark master answers at spark://127.0.0.1:1. "millrace engines start spark" starts one.',
    );
    expect(await deploy('ksqldb', 'http://localhost:1')).toBe(
      'millrace: No ksqlDB server answers at http://localhost:1.',
    );
  });
});
