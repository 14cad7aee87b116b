import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { interpretersFor } from '../../../src/engines/requirements.ts';
import { engineSets } from '../../../src/engines/sets.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-java-'));
  mkdirSync(join(folder, 'bin'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program that prints one line. */
function program(name: string, line: string): string {
  const path = join(folder, 'bin', name);
  writeFileSync(path, `#!/bin/sh\necho '${line}' >&2\n`);
  chmodSync(path, 0o755);
  return path;
}

const onPosix = test.skipIf(process.platform === 'win32');

onPosix('a Java that is missing or too old is named with what is needed', async () => {
  const environment = { JAVA_HOME: folder };
  await expect(interpretersFor(engineSets.kafka, environment)).rejects.toThrow(
    /^Apache Kafka 4\.3\.1 needs Java 17 or newer, and ".*java -version" does not answer\. Install one, or set JAVA_HOME\.$/,
  );
  program('java', 'java version "1.8.0_292"');
  await expect(interpretersFor(engineSets.kafka, environment)).rejects.toThrow(
    /is Java 8\. Set JAVA_HOME to a newer one\.$/,
  );
  const java = program('java', 'openjdk version "21.0.2" 2024-01-16');
  expect(await interpretersFor(engineSets.kafka, environment)).toEqual({ java, python: '' });
});

onPosix('Spark wants a Python as well', async () => {
  program('java', 'openjdk version "17" 2021-09-14');
  const environment = { JAVA_HOME: folder, PYSPARK_PYTHON: join(folder, 'bin', 'python3') };
  await expect(interpretersFor(engineSets.spark, environment)).rejects.toThrow(
    /needs Python 3\.10 or newer, and ".*" does not answer/,
  );
  program('python3', 'Python 3.9.2');
  await expect(interpretersFor(engineSets.spark, environment)).rejects.toThrow(/is Python 3\.9\. Set PYSPARK_PYTHON/);
  program('python3', 'Python 3.11.7');
  expect((await interpretersFor(engineSets.spark, environment)).python).toBe(environment.PYSPARK_PYTHON);
});
