/** What Kafka's command-line tools have in common: connecting, printing, ending. One file per tool beside this one. */
import { StackError, messageOf } from '../../core/errors.ts';
import type { KafkaClient } from '../../client/kafka-client.ts';
import { UsageError, helpOf } from './options.ts';
import type { OptionSpecs } from './options.ts';

/** Where a tool runs: the terminal, or a test. */
export interface ToolEnvironment {
  readonly stdin: AsyncIterable<Buffer> & { readonly isTTY?: boolean };
  out(text: string | Uint8Array): void;
  err(text: string): void;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
  /** Connects to `host:port,…`; `config` are the properties of a client. */
  connect(bootstrapServers: string, config: ReadonlyMap<string, string>): Promise<KafkaClient>;
  /** The content of a file that the user named. */
  readFile(path: string): Buffer;
}

export interface KafkaTool {
  readonly name: string;
  /** The sentence above the table of options. */
  readonly intro: string;
  readonly specs: OptionSpecs;
  /** Resolves with the exit code. */
  run(args: readonly string[], env: ToolEnvironment): Promise<number>;
}

export const kafkaVersion = '4.3.1';

/** Runs a tool: usage errors end with the table of options, other failures with the tool's own words. */
export async function runTool(tool: KafkaTool, args: readonly string[], env: ToolEnvironment): Promise<number> {
  if (args.length === 0 || args.includes('--help')) {
    env.out(`${tool.intro}\n${helpOf(tool.specs)}`);
    return args.length === 0 ? 1 : 0;
  }
  if (args.includes('--version')) {
    env.out(`${kafkaVersion}\n`);
    return 0;
  }
  try {
    return await tool.run(args, env);
  } catch (error) {
    if (error instanceof UsageError) env.err(`${error.message}\n${helpOf(tool.specs)}`);
    else if (error instanceof StackError) env.err(`${error.message}\n`);
    else env.err(`an internal error: ${messageOf(error)}\n`);
    return 1;
  }
}

/** The lines of a properties file: `name=value`, `#` and `!` begin a comment. */
export function parseProperties(text: string): ReadonlyMap<string, string> {
  const properties = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([^#!=:\s][^=:\s]*)\s*[=:]\s*(.*)$/.exec(line);
    if (match !== null) properties.set(match[1] as string, (match[2] as string).trim());
  }
  return properties;
}
