/** The prompt: lines are gathered into statements, which are done one after the other; Ctrl-C ends the one that runs. */
import { createInterface } from 'node:readline';
import type { Interface } from 'node:readline';
import { StackError } from '../../core/errors.ts';
import { keywords } from '../../sql/dialects/ksqldb/keywords.ts';
import { promptCommandOf, promptCommands } from './prompt-commands.ts';
import type { PromptContext } from './prompt-commands.ts';
import { endsStatement } from './statement-end.ts';

export interface PromptOptions extends Omit<PromptContext, 'history'> {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** What was typed before, newest first, and where to keep it. */
  readonly history: readonly string[];
  readonly keepHistory: (lines: readonly string[]) => void;
}

const historySize = 500;

/** Resolves when the user leaves. */
export function interact(options: PromptOptions): Promise<void> {
  let history = options.history;
  const terminal = createInterface({
    input: options.input,
    output: options.output,
    prompt: 'ksql> ',
    history: [...history],
    historySize,
    removeHistoryDuplicates: true,
    completer: completions,
  });
  terminal.on('history', (lines) => {
    history = [...lines];
  });
  const prompt = new Prompt(terminal, { ...options, history: () => history.toReversed() });
  return new Promise((resolve, reject) => {
    terminal.on('line', (line) => prompt.line(line));
    terminal.on('SIGINT', () => prompt.interrupt());
    terminal.on('close', () => {
      prompt.ended().then(() => {
        options.keepHistory(history);
        options.print('Exiting ksqlDB.\n');
        resolve();
      }, reject);
    });
    terminal.prompt();
  });
}

class Prompt {
  readonly #terminal: Interface;
  readonly #context: PromptContext;
  #typed = '';
  #running: AbortController | undefined;
  #work: Promise<void> = Promise.resolve();
  #left = false;

  constructor(terminal: Interface, context: PromptContext) {
    this.#terminal = terminal;
    this.#context = context;
  }

  line(line: string): void {
    const { name = '', argument = '' } = (this.#typed === '' ? promptCommandOf(line) : undefined) ?? {};
    const command = promptCommands.get(name);
    if (name === 'EXIT' || name === 'QUIT') {
      this.#work = this.#work.then(() => {
        this.#left = true;
        this.#terminal.close();
      });
      return;
    }
    if (command !== undefined) {
      this.#then(() => command(this.#context, argument));
      return;
    }
    this.#typed += this.#typed === '' && line.trim() === '' ? '' : `${line}\n`;
    if (endsStatement(this.#typed)) {
      const text = this.#typed;
      this.#typed = '';
      this.#then((signal) => this.#context.session.run(text, signal));
    } else if (this.#running === undefined) this.#ask();
  }

  /** Ends what runs, or forgets what is typed. */
  interrupt(): void {
    if (this.#running !== undefined) {
      this.#running.abort();
      return;
    }
    this.#typed = '';
    // What was typed stays to be seen; the next line begins with nothing.
    this.#terminal.write(null, { ctrl: true, name: 'e' });
    this.#context.print('^C\n');
    this.#terminal.write(null, { ctrl: true, name: 'u' });
    this.#ask();
  }

  /** Nothing more comes: what runs is ended. Resolves when all that was typed is done. */
  ended(): Promise<void> {
    this.#left = true;
    this.#running?.abort();
    return this.#work;
  }

  #then(task: (signal: AbortSignal) => Promise<void> | void): void {
    this.#work = this.#work.then(async () => {
      if (this.#left) return;
      this.#running = new AbortController();
      try {
        await task(this.#running.signal);
      } catch (error) {
        if (!(error instanceof StackError) && !(error instanceof Error && 'code' in error)) throw error;
        this.#context.print(`${error.message}\n`);
      } finally {
        this.#running = undefined;
      }
      this.#ask();
    });
    // What cannot be told as a sentence ends the prompt; `ended` rejects with it.
    this.#work.catch(() => this.#terminal.close());
  }

  #ask(): void {
    if (this.#left) return;
    this.#terminal.setPrompt(this.#typed === '' ? 'ksql> ' : '>');
    this.#terminal.prompt();
  }
}

/** Keywords that go on from the last word, in the case in which it is typed. */
function completions(line: string): [string[], string] {
  const word = /[A-Za-z]*$/.exec(line)?.[0] ?? '';
  if (word === '') return [[], ''];
  const lower = word === word.toLowerCase();
  const known = [...new Set([...keywords, ...promptCommands.keys(), 'EXIT', 'QUIT', 'SPOOL'])];
  const hits = known.filter((one) => one.startsWith(word.toUpperCase())).sort();
  return [hits.map((one) => `${lower ? one.toLowerCase() : one} `), word];
}
