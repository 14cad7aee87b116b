/** What a handler knows of the one who asks. */
import type { AnswerMemory } from './answer-memory.ts';

/** The address under which the asker reached the broker; metadata names it, so that it is reachable from there. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** One connection, or one client in the same process. State that lives as long as it (fetch sessions) hangs on this object. */
export interface RequestContext {
  readonly clientId: string | null;
  /** The asker's address, as group descriptions show it: `127.0.0.1`. */
  readonly clientHost: string;
  readonly endpoint: Endpoint;
  /** Aborted when the asker is gone: waits for it end then. */
  readonly signal?: AbortSignal;
  /** For the records of the answer, where somebody takes it back; an asker in the same process may keep what it gets. */
  readonly memory?: AnswerMemory;
}
