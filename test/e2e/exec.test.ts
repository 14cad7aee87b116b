/** `millrace exec` and the tools as processes: shells, pipes, Ctrl-C, a broker that is not there. Nothing ends in a stack trace. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { confluentKafka, describePeer } from '../peers.ts';
import { cli, freePortOffset, startProcess } from './stack-process.ts';
import type { StackProcess } from './stack-process.ts';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const folder = mkdtempSync(join(tmpdir(), 'millrace-exec-'));
const dataDir = join(folder, 'data');
let stack: StackProcess;
beforeAll(async () => {
  stack = await startProcess(dataDir, await freePortOffset());
});
afterAll(async () => {
  await stack.interrupt();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs `millrace` with these words; `onOutput` sees stdout so far and may signal the process. */
function millrace(
  words: readonly string[],
  input = '',
  onOutput?: (stdout: string, signal: (name: NodeJS.Signals) => void, closeOutput: () => void) => void,
): Promise<Ended> {
  const child = spawn(process.execPath, [cli, ...words], { env: { ...process.env, MILLRACE_DATA_DIR: dataDir } });
  let stdout = '';
  let stderr = '';
  child.stdin.on('error', () => {}); // it ended without reading all
  child.stdin.end(input);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    onOutput?.(
      stdout,
      (name) => child.kill(name),
      () => child.stdout.destroy(),
    );
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

const typing = readFileSync(new URL('../conformance/ksql-cli/type-on-terminal.py', import.meta.url), 'utf8');

const at = ['--bootstrap-server', 'localhost:9092'];

describe('exec', () => {
  it('runs tools where the compose file would', async () => {
    expect(
      await millrace(['exec', '-i', 'broker', 'kafka-console-producer', ...at, '--topic', 'lines'], 'a\nb\nc\n'),
    ).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const consume = ['kafka-console-consumer.sh', '--bootstrap-server', 'broker:29092', '--topic', 'lines'];
    expect(
      await millrace([
        'exec',
        '-it',
        'kafka',
        `/usr/bin/${consume[0]}`,
        ...consume.slice(1),
        '--from-beginning',
        '--max-messages',
        '3',
      ]),
    ).toMatchObject({ code: 0, stdout: 'a\nb\nc\n', stderr: 'Processed a total of 3 messages\n' });
  });

  it('runs a shell that knows the tools, with its pipes, variables and exit code', async () => {
    const script = `echo "$GREETING" | kafka-console-producer ${at.join(' ')} --topic shell &&
      kafka-console-consumer ${at.join(' ')} --topic shell --from-beginning --max-messages 1 2>/dev/null | tr a-z A-Z; exit 7`;
    expect(await millrace(['exec', '-e', 'GREETING=hello', '-it', 'broker', 'bash', '-c', script])).toMatchObject({
      code: 7,
      stdout: 'HELLO\n',
    });
    expect(
      await millrace(['exec', '-i', 'broker', 'sh'], `kafka-topics.sh ${at.join(' ')} --list --topic shell\n`),
    ).toMatchObject({
      code: 0,
      stdout: 'shell\n',
    });
  });

  it('runs curl for the addresses of the containers', async () => {
    expect(await millrace(['exec', 'connect', 'curl', '-s', 'http://schema-registry:8081/subjects'])).toMatchObject({
      stdout: '[]',
    });
    expect(await millrace(['exec', 'connect', 'curl', '-s', 'localhost:8083/connectors'])).toMatchObject({
      stdout: '[]',
    });
  });

  it('says what it has not', async () => {
    for (const [words, text] of [
      [['somewhere', 'kafka-topics'], 'No such container: somewhere'],
      [['broker', 'ls'], '"ls" is not a command of broker here'],
      [['-d', 'broker', 'kafka-topics'], 'in the background'],
      [['-w', join(folder, 'none'), 'broker', 'kafka-topics'], 'there is no directory'],
      [[], 'exec needs the name of a container'],
    ] as const) {
      const { code, stderr } = await millrace(['exec', ...words]);
      expect([code, stderr]).toEqual([1, expect.stringContaining(text)]);
      expect(stderr).not.toMatch(/^ {4}at /m);
    }
  });
});

// A Python with `pty`: the one of the foreign clients.
describePeer('confluent-kafka', 'a producer on a terminal', () => {
  it.each([
    ['Ctrl-C', '\u0003', 130],
    ['Ctrl-D', '\u0004', 0],
  ])('%s ends it; what was typed is there', async (_name, key, code) => {
    const topic = `typed-${code}`;
    const steps = [{ wait: '>' }, { send: 'one\r' }, { wait: 'one\n>' }, { send: key }];
    const words = ['exec', '-it', 'broker', 'kafka-console-producer', ...at, '--topic', topic];
    const command = ['env', `MILLRACE_DATA_DIR=${dataDir}`, process.execPath, cli, ...words];
    expect((await confluentKafka(typing, JSON.stringify(steps), ...command)).stdout).toContain(`[exit ${code}]`);
    const read = ['--topic', topic, '--from-beginning', '--max-messages', '1'];
    expect((await millrace(['exec', 'broker', 'kafka-console-consumer', ...at, ...read])).stdout).toBe('one\n');
  });
});

describe('tools', () => {
  it('Ctrl-C ends a consumer, which says how much it saw', async () => {
    const words = ['exec', 'broker', 'kafka-console-consumer', ...at, '--topic', 'lines', '--from-beginning'];
    const { code, stderr } = await millrace(words, '', (stdout, signal) => {
      if (stdout.endsWith('c\n')) signal('SIGINT');
    });
    expect({ code, stderr }).toEqual({ code: 130, stderr: 'Processed a total of 3 messages\n' });
  });

  it('a reader that has seen enough ends them without a word', async () => {
    const words = ['exec', 'broker', 'kafka-producer-perf-test', ...at, '--topic', 'lines', '--num-records', '3000'];
    const rest = ['--throughput', '1000', '--record-size', '10', '--reporting-interval', '100'];
    const { stderr } = await millrace([...words, ...rest], '', (_stdout, _signal, closeOutput) => closeOutput());
    expect(stderr).toBe('');
  });

  const file = join(folder, 'offsets.json');
  writeFileSync(file, '{"partitions":[{"topic":"t","partition":0,"offset":1}]}');
  const nowhere = ['--bootstrap-server', '127.0.0.1:1'];
  for (const words of [
    ['kafka-topics', ...nowhere, '--list'],
    ['kafka-console-consumer', ...nowhere, '--topic', 't'],
    ['kafka-console-producer', ...nowhere, '--topic', 't'],
    ['kafka-avro-console-consumer', ...nowhere, '--topic', 't'],
    ['kafka-configs', ...nowhere, '--describe', '--topic', 't'],
    ['kafka-get-offsets', ...nowhere],
    ['kafka-delete-records', ...nowhere, '--offset-json-file', file],
    ['kafka-log-dirs', ...nowhere, '--describe'],
    ['kafka-transactions', ...nowhere, 'list'],
    ['kafka-acls', ...nowhere, '--list'],
    ['kafka-broker-api-versions', ...nowhere],
    ['kafka-cluster', 'cluster-id', ...nowhere],
    ['kafka-features', ...nowhere, 'describe'],
    ['kafka-metadata-quorum', ...nowhere, 'describe', '--status'],
    ['kafka-leader-election', ...nowhere, '--election-type', 'preferred', '--all-topic-partitions'],
    [
      'kafka-producer-perf-test',
      ...nowhere,
      '--topic',
      't',
      '--num-records',
      '1',
      '--throughput',
      '-1',
      '--record-size',
      '1',
    ],
    ['kafka-consumer-perf-test', ...nowhere, '--topic', 't', '--num-records', '1'],
    ['cub', 'kafka-ready', '-b', '127.0.0.1:1', '1', '0'],
  ] as const)
    it(`${words[0]} says where no broker is`, async () => {
      const { code, stdout, stderr } = await millrace(words);
      expect(code).toBe(1);
      expect(`${stdout}${stderr}`).toContain('127.0.0.1:1');
      expect(`${stdout}${stderr}`).not.toMatch(/^ {4}at /m);
    });
});
