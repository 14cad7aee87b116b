/** What Kafka's command-line tools have in common: connecting, printing, ending. One file per tool beside this one. */
import { StackError, messageOf } from '../../core/errors.ts';
import type { Clock } from '../../core/clock.ts';
import type { HttpClient } from '../../core/http.ts';
import type { Random } from '../../core/random.ts';
import type { KafkaClient } from '../../client/kafka-client.ts';
import { UsageError, helpOf } from './options.ts';
import type { OptionSpecs } from './options.ts';
import { kafkaVersion } from './version.ts';

/** Where a tool runs: the terminal, or a test. */
export interface ToolEnvironment {
  readonly stdin: AsyncIterable<Buffer> & { readonly isTTY?: boolean };
  /** Prints on stdout. */
  out(text: string | Uint8Array): void;
  /** Resolves once what was printed is out of our hands, so that a slow reader slows us. */
  drained(): Promise<void>;
  err(text: string): void;
  /** stderr is a terminal: progress may be shown there. */
  readonly showProgress: boolean;
  /** Ctrl-C, or that nobody reads stdout any more. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
  readonly http: HttpClient;
  /** Connects to `host:port,…`; `config` are the properties of a client. */
  connect(bootstrapServers: string, config: ReadonlyMap<string, string>): Promise<KafkaClient>;
  /** A URL as it is reached from here. */
  url(text: string): string;
  /** The content of a file that the user named. */
  readFile(path: string): Buffer;
}

export interface KafkaTool {
  /** The sentence above the table of options. */
  readonly intro: string;
  /** What is shown instead when nothing is given, where Kafka's tool says something else then. */
  readonly introWithoutArguments?: string;
  readonly specs: OptionSpecs;
  /** The whole help, where `specs` does not tell the options. */
  readonly help?: string;
  /** Resolves with the exit code. */
  run(args: readonly string[], env: ToolEnvironment): Promise<number>;
}

/** Runs a tool: usage errors end with the table of options, other failures with the tool's own words. */
export async function runTool(tool: KafkaTool, args: readonly string[], env: ToolEnvironment): Promise<number> {
  const hasTable = Object.keys(tool.specs).length > 0;
  if (hasTable && (args.length === 0 || args.includes('--help'))) {
    const intro = args.length === 0 ? (tool.introWithoutArguments ?? tool.intro) : tool.intro;
    env.err(`${intro}\n${helpOf(tool.specs)}`);
    return 1; // as Kafka's tools do
  }
  if (hasTable && args.includes('--version')) {
    env.out(`${kafkaVersion}\n`);
    return 0;
  }
  try {
    return await tool.run(args, env);
  } catch (error) {
    if (error instanceof UsageError) env.err(`${error.message}\n${hasTable ? helpOf(tool.specs) : tool.intro}`);
    else if (error instanceof StackError) env.err(`${error.message}\n`);
    else if (error instanceof Error && 'code' in error) env.err(`${messageOf(error)}\n`);
    else throw error;
    return 1;
  }
}

/** Does something with a client and closes it. Ctrl-C ends the wait for it. */
export async function withClient(
  env: ToolEnvironment,
  bootstrapServers: string,
  config: ReadonlyMap<string, string>,
  use: (client: KafkaClient) => Promise<number>,
): Promise<number> {
  const client = await env.connect(bootstrapServers, config);
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}
