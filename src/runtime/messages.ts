/**
 * What the main thread and the threads of tasks say to each other. Everything survives a structured clone; batches travel by
 * transfer, without a copy. Errors travel as {@link ErrorImage}, because a clone would lose their class.
 */
import { AssertionError } from '../core/assert.ts';
import { messageOf, StackError } from '../core/errors.ts';
import type { ErrorCode } from '../core/errors.ts';
import { KafkaError } from '../wire/error-codes.ts';
import type { PullRequest, QueryError, Row } from './jobs.ts';
import type { TaskCommit, TaskOutput, TaskReport, TaskSpec } from './task.ts';

/** To a worker. `task` is the manager's number of the attempt. */
export type ToWorker =
  | { readonly type: 'start'; readonly task: number; readonly spec: TaskSpec }
  | { readonly type: 'wake' | 'stop' | 'abandon'; readonly task: number }
  | { readonly type: 'pause'; readonly task: number; readonly paused: boolean }
  | { readonly type: 'pull'; readonly task: number; readonly call: number; readonly request: PullRequest }
  | ({ readonly type: 'answer'; readonly task: number; readonly call: number } & Answer);

/** From a worker. */
export type FromWorker =
  | { readonly type: 'opened'; readonly task: number }
  | { readonly type: 'ended'; readonly task: number; readonly error?: ErrorImage }
  | { readonly type: 'rows'; readonly task: number; readonly rows: readonly Row[] }
  | { readonly type: 'errors'; readonly task: number; readonly errors: readonly QueryError[] }
  | { readonly type: 'report'; readonly task: number; readonly report: TaskReport }
  | { readonly type: 'call'; readonly task: number; readonly call: number; readonly ask: HostCall }
  | ({ readonly type: 'answer'; readonly task: number; readonly call: number } & Answer);

/** What a task asks of its host. */
export type HostCall =
  | {
      readonly method: 'fetch';
      readonly topic: string;
      readonly partition: number;
      readonly offset: number;
      readonly isolation: TaskSpec['isolation'];
    }
  | {
      readonly method: 'endOfEpoch';
      readonly topic: string;
      readonly partition: number;
      readonly leaderEpoch: number;
    }
  | { readonly method: 'schema'; readonly id: number }
  | { readonly method: 'output'; readonly outputs: readonly TaskOutput[] }
  | { readonly method: 'commit'; readonly commit: TaskCommit };

export type Answer = { readonly value: unknown } | { readonly error: ErrorImage };

export interface ErrorImage {
  readonly kind: 'stack' | 'kafka' | 'assertion' | 'other';
  readonly message: string;
  readonly stack?: string;
  readonly code?: ErrorCode;
  readonly details?: Readonly<Record<string, unknown>>;
}

export function errorImage(error: unknown): ErrorImage {
  const message = messageOf(error);
  const stack = error instanceof Error && error.stack !== undefined ? { stack: error.stack } : {};
  if (error instanceof StackError) {
    return {
      kind: error instanceof KafkaError ? 'kafka' : 'stack',
      message,
      code: error.code,
      details: plain(error.details),
    };
  }
  return { kind: error instanceof AssertionError ? 'assertion' : 'other', message, ...stack };
}

export function errorOf(image: ErrorImage): Error {
  const { kind, message, code, details = {}, stack } = image;
  if (kind === 'kafka') return new KafkaError(Number(details['errorCode']), message, details);
  if (kind === 'stack' && code !== undefined) return new StackError(code, message, { details });
  const error = kind === 'assertion' ? new AssertionError(message) : new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** Details that a clone can take. */
function plain(details: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [
      name,
      value === null || ['string', 'number', 'boolean', 'bigint'].includes(typeof value) ? value : String(value),
    ]),
  );
}
