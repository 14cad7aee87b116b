/** The prompt: lines are gathered into statements, which are done one after the other; Ctrl-C ends the one that runs. */
import { createInterface } from 'node:readline';
import type { Interface } from 'node:readline';
import { StackError } from '../../core/errors.ts';
import { keywords } from '../../sql/dialects/ksqldb/keywords.ts';
import { promptCommandOf, promptCommands } from './prompt-commands.ts';
import type { PromptContext } from './prompt-commands.ts';
import { endsStatement, onOneLine } from './statement-end.ts';

export interface PromptOptions extends Omit<PromptContext, 'history'> {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Told of what was typed, once it is whole. */
  readonly typed: (text: string) => void;
  /** What was typed before, newest first, and where to keep it. */
  readonly history: readonly string[];
  readonly keepHistory: (lines: readonly string[]) => void;
}

const historySize = 500;

/** Resolves when the user leaves. */
export function interact(options: PromptOptions): Promise<void> {
  let history = [...options.history];
  const terminal = createInterface({
    input: options.input,
    output: options.output,
    prompt: 'ksql> ',
    history,
    historySize,
    removeHistoryDuplicates: true,
    completer: completions,
  });
  // The terminal's own list: what is changed in it is what the arrows bring back.
  terminal.on('history', (lines) => {
    history = lines;
  });
  const prompt = new Prompt(terminal, { ...options, history: () => history.toReversed() }, (lines) =>
    joinLines(history, lines),
  );
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

/** A statement of several lines comes back as one. `history` has the newest line first. */
function joinLines(history: string[], lines: readonly string[]): void {
  const written = lines.filter((line) => line.trim() !== '');
  const joined = onOneLine(written);
  if (written.length < 2 || joined === undefined) return;
  for (const line of written.toReversed()) if (history[0] === line) history.shift();
  history.unshift(joined);
}

interface Typing extends PromptContext {
  readonly typed: (text: string) => void;
}

class Prompt {
  readonly #terminal: Interface;
  readonly #context: Typing;
  readonly #whole: (lines: readonly string[]) => void;
  #typed = '';
  #running: AbortController | undefined;
  #work: Promise<void> = Promise.resolve();
  #left = false;

  /** `whole` is told the lines of a statement that is complete. */
  constructor(terminal: Interface, context: Typing, whole: (lines: readonly string[]) => void) {
    this.#terminal = terminal;
    this.#context = context;
    this.#whole = whole;
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
      this.#then((signal) => {
        this.#context.typed(line);
        return command(this.#context, argument, signal);
      });
      return;
    }
    this.#typed += this.#typed === '' && line.trim() === '' ? '' : `${line}\n`;
    if (endsStatement(this.#typed)) {
      const text = this.#typed;
      this.#typed = '';
      this.#whole(text.trimEnd().split('\n'));
      this.#then(async (signal) => {
        this.#context.typed(text.trimEnd());
        await this.#context.session.run(text, signal);
      });
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
