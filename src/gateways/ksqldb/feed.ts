/** A queue between something that produces in its own time and an answer that is written in the asker's. */
import type { Clock, Timer } from '../../core/clock.ts';
import { StackError } from '../../core/errors.ts';

export type FeedStep<T> =
  | { readonly kind: 'items'; readonly items: readonly T[] }
  /** Nothing came for a while. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'end'; readonly error?: unknown };

export class Feed<T> {
  readonly #clock: Clock;
  readonly #itemsMax: number;
  #items: T[] = [];
  #ended: { error?: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** `itemsMax`: an asker who falls behind further than this is cut off with an error. */
  constructor(clock: Clock, itemsMax: number) {
    this.#clock = clock;
    this.#itemsMax = itemsMax;
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Does nothing once ended. */
  push(items: readonly T[]): void {
    if (this.#ended !== undefined) return;
    for (const item of items) this.#items.push(item);
    if (this.#items.length > this.#itemsMax) {
      this.#items = [];
      const text = `More than ${this.#itemsMax} results wait for a client that does not read them; the query was ended. Read faster, or ask for less.`;
      this.end(new StackError('MILLRACE_QUERY_FAILED', text));
    } else this.#wake?.();
  }

  /** What was pushed before is still given out. Only the first call counts. */
  end(error?: unknown): void {
    this.#ended ??= error === undefined ? {} : { error };
    this.#wake?.();
  }

  /** What has come, or comes within `idleMs`. One asker at a time. */
  async next(idleMs: number): Promise<FeedStep<T>> {
    if (this.#items.length === 0 && this.#ended === undefined) await this.#wait(idleMs);
    if (this.#items.length > 0) {
      const items = this.#items;
      this.#items = [];
      return { kind: 'items', items };
    }
    return this.#ended === undefined ? { kind: 'idle' } : { kind: 'end', ...this.#ended };
  }

  #wait(idleMs: number): Promise<void> {
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      this.#wake = () => {
        this.#wake = undefined;
        timer?.cancel();
        resolve();
      };
      timer = this.#clock.setTimer(() => this.#wake?.(), idleMs);
    });
  }
}
