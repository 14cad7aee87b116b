/**
 * `millrace exec NAME bash …`: a shell of this machine in which the tools of the containers are commands. They are functions that go
 * back to `millrace exec`, so pipes, loops and variables are the shell's own.
 */
import { StackError } from '../core/errors.ts';
import { runOnTerminal } from '../core/processes.ts';

/** Hands the functions down to the shell that was asked for, with its own arguments. */
function prelude(commands: readonly string[]): string {
  const names = commands.flatMap((name) => (name.startsWith('kafka-') ? [name, `${name}.sh`] : [name]));
  const functions = names.map(
    (name) => `${name}() { "$MILLRACE_NODE" "$MILLRACE_MAIN" exec "$MILLRACE_CONTAINER" ${name} "$@"; }`,
  );
  return `${functions.join('\n')}\nexport -f ${names.join(' ')}\nexec bash "$@"`;
}

export interface ShellOptions {
  readonly container: string;
  readonly commands: readonly string[];
  /** The script of the `millrace` command. */
  readonly main: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Runs bash with `args`; resolves with its exit code. */
export async function runShell(
  args: readonly string[],
  { container, commands, main, env }: ShellOptions,
): Promise<number> {
  try {
    return await runOnTerminal('bash', ['-c', prelude(commands), 'bash', ...args], {
      env: { ...env, MILLRACE_NODE: process.execPath, MILLRACE_MAIN: main, MILLRACE_CONTAINER: container },
    });
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    throw new StackError('MILLRACE_UNSUPPORTED', 'exec … bash needs a bash on this machine, and there is none.', {
      cause: error,
    });
  }
}
