/** Runs one command line with our tool and with Kafka's own Java tool, against the same broker. */
import { Readable } from 'node:stream';
import { expect } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { nodeDisk, readFileSync } from '../../../src/core/disk.ts';
import { nodeHttp } from '../../../src/core/http.ts';
import { nodeNetwork } from '../../../src/core/network.ts';
import { systemRandom } from '../../../src/core/random.ts';
import { connectKafka } from '../../../src/client/kafka.ts';
import { runTool } from '../../../src/cli/kafka/tool.ts';
import { toolNamed } from '../../../src/cli/kafka/tools.ts';
import type { Output } from '../../peers.ts';
import { javaTool } from './java-tools.ts';

/** Runs one of our tools in this process. */
export async function ours(
  tool: string,
  args: readonly string[],
  input = '',
  signal: AbortSignal = new AbortController().signal,
): Promise<Output> {
  const load = toolNamed(tool);
  if (load === undefined) throw new Error(`there is no tool ${tool}`);
  const out: Buffer[] = [];
  let stderr = '';
  const code = await runTool(await load(), args, {
    stdin: Readable.from(input === '' ? [] : [Buffer.from(input)]) as AsyncIterable<Buffer>,
    out: (text) => void out.push(Buffer.from(text as string)),
    drained: async () => {},
    err: (text) => {
      stderr += text;
    },
    showProgress: false,
    signal,
    clock: systemClock,
    random: systemRandom,
    http: nodeHttp,
    url: (text) => text,
    readFile: (path) => readFileSync(nodeDisk, path),
    connect: (bootstrapServers) =>
      connectKafka({ bootstrapServers, network: nodeNetwork, clock: systemClock, random: systemRandom }),
  });
  return { stdout: Buffer.concat(out).toString('utf8'), stderr, code };
}

/** Runs Kafka's own tool. */
export const theirs: (tool: string, args: readonly string[], input?: string) => Promise<Output> = javaTool;

export interface Comparison {
  /** Takes out what differs from run to run, of stdout. */
  readonly normalize?: (text: string) => string;
  /** stderr has to be the same too. */
  readonly withErrors?: boolean;
  readonly input?: string;
}

/** Both print the same and end with the same code. */
export async function sameOutput(
  tool: string,
  args: readonly string[],
  { normalize = (text) => text, withErrors = false, input }: Comparison = {},
): Promise<void> {
  const java = await theirs(tool, args, input);
  const mine = await ours(tool, args, input);
  const seen = ({ stdout, stderr, code }: Output): object => ({
    stdout: normalize(messages(stdout)),
    code,
    ...(withErrors ? { stderr: notSaid(messages(stderr), stdout) } : {}),
  });
  expect.soft(seen(mine), `${tool} ${args.join(' ')}\n${mine.stderr}`).toEqual(seen(java));
}

/** Without the lines that were printed on stdout already: there Java repeats the exception with its frames. */
function notSaid(stderr: string, stdout: string): string {
  const lines = stderr.split('\n').filter((line) => line === '' || !stdout.includes(line));
  return lines.every((line) => line === '') ? '' : lines.join('\n');
}

/** Lists whose order changes from one virtual machine to the next. */
function inOrder(line: string): string {
  return line.replace(/(options|are|scenarios): (.+)/, (_all, word: string, list: string) => {
    const names = list.match(/[\w-]+/g) ?? [];
    return `${word}: ${names.sort().join(', ')}`;
  });
}

/**
 * What a tool says, without what is Java's or a matter of taste: the frames of stack traces, the exception that wraps another, a message
 * that is repeated, the table of options and the usage before a complaint, the advice that a consumer gives.
 */
export function messages(text: string): string {
  const lines: string[] = [];
  const bare = text
    .replace(/^usage: [\s\S]*?^(\S+:\s+error:)/m, '$1')
    .replace(/^Option  [\s\S]*$/m, '')
    .replace(/ \(Commit:\w+\)$/m, '')
    .replace(/^The consumer rebalance protocol \(KIP-848\) .*\n/m, '');
  for (const raw of bare.split('\n')) {
    if (/^\tat |^Caused by: |^\tSuppressed: |^\s*\.\.\. \d+ more/.test(raw)) continue;
    const line = inOrder(raw).replace(/^java\.util\.concurrent\.ExecutionException: (?=org)/, '');
    const before = lines.at(-1) ?? '';
    if (line !== '' && before !== '' && (before.endsWith(line) || line.endsWith(`: ${before}`))) continue;
    lines.push(line);
  }
  const joined = lines.join('\n').replace(/\n\n+$/, '\n');
  // Of the tools with subcommands, whose messages are broken into lines and justified.
  return /error:/.test(joined) ? joined.replace(/\s+/g, ' ').replace(/- /g, '-').trim() : joined;
}
