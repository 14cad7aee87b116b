/** Flink's SQL gateway and the cluster behind it, over REST (Flink 2.2 documentation, "SQL Gateway REST Endpoint", "REST API"). */
import { sleep } from '../../core/clock.ts';
import type { Clock } from '../../core/clock.ts';
import { StackError, messageOf } from '../../core/errors.ts';
import type { HttpClient } from '../../core/http.ts';
import { rootCause } from '../../engines/root-cause.ts';
import type { FlinkScript } from './script.ts';

export type JobState = 'CREATED' | 'RUNNING' | 'FINISHED' | 'FAILED' | 'CANCELED' | (string & {});

export interface JobStatus {
  readonly state: JobState;
  /** All of its tasks run, or ended as they should. */
  readonly tasksRun: boolean;
  /** Milliseconds since the epoch; 0 when not yet. */
  readonly startedMs: number;
  readonly finishedMs: number;
}

export class FlinkGateway {
  readonly #http: HttpClient;
  readonly #clock: Clock;
  readonly #url: string;
  readonly #session: string;
  /** Of the cluster's JobManager. */
  readonly #rest: string;

  private constructor(http: HttpClient, clock: Clock, url: string, session: string, rest: string) {
    this.#http = http;
    this.#clock = clock;
    this.#url = url;
    this.#session = session;
    this.#rest = rest;
  }

  /** Opens a session. @throws StackError MILLRACE_ENGINE when there is no gateway at `url` */
  static async open(http: HttpClient, clock: Clock, url: string): Promise<FlinkGateway> {
    const base = `${url.replace(/\/$/, '')}/v1`;
    const { sessionHandle } = await ask<{ sessionHandle: string }>(http, 'POST', `${base}/sessions`, {}).catch(
      (error: unknown) => {
        if (error instanceof StackError) throw error;
        throw new StackError(
          'MILLRACE_ENGINE',
          `What answers at ${url} is not Flink's SQL gateway (${messageOf(error)}), which listens on port 8090 where "millrace engines start flink" started it.`,
          { cause: error },
        );
      },
    );
    const { properties } = await ask<{ properties: Record<string, string> }>(
      http,
      'GET',
      `${base}/sessions/${sessionHandle}`,
    );
    const rest = `http://${properties['rest.address'] ?? '127.0.0.1'}:${properties['rest.port'] ?? '8081'}`;
    return new FlinkGateway(http, clock, base, sessionHandle, rest);
  }

  /** Runs a script; resolves with the id of the job that its last statement started. @throws StackError MILLRACE_ENGINE */
  async submit({ settings, definitions, start }: FlinkScript): Promise<string> {
    for (const [name, value] of Object.entries(settings))
      await this.execute(`SET '${name}' = '${value.replaceAll("'", "''")}'`);
    for (const definition of definitions) await this.execute(definition);
    const [row] = await this.execute(start);
    return String(row?.[0]);
  }

  /** One statement; resolves with the first rows of its result. @throws StackError MILLRACE_ENGINE with Flink's reason */
  async execute(statement: string): Promise<readonly (readonly unknown[])[]> {
    const session = `${this.#url}/sessions/${this.#session}`;
    const { operationHandle } = await ask<{ operationHandle: string }>(this.#http, 'POST', `${session}/statements`, {
      statement,
    });
    const operation = `${session}/operations/${operationHandle}`;
    for (;;) {
      const { status } = await ask<{ status: string }>(this.#http, 'GET', `${operation}/status`);
      if (status === 'FINISHED' || status === 'ERROR') break;
      await sleep(this.#clock, 50);
    }
    try {
      const { results } = await ask<{ results: { data: { fields: unknown[] }[] } }>(
        this.#http,
        'GET',
        `${operation}/result/0`,
      );
      return results.data.map(({ fields }) => fields);
    } catch (error) {
      throw new StackError('MILLRACE_ENGINE', `Flink refused a statement: ${messageOf(error)}\n${statement}`, {
        cause: error,
      });
    }
  }

  async job(id: string): Promise<JobStatus> {
    const {
      state,
      'start-time': startedMs,
      'end-time': finishedMs,
      vertices,
    } = await ask<{
      readonly state: string;
      readonly 'start-time': number;
      readonly 'end-time': number;
      readonly vertices: readonly { readonly status: string }[];
    }>(this.#http, 'GET', `${this.#rest}/jobs/${id}`);
    const tasksRun = vertices.every(({ status }) => status === 'RUNNING' || status === 'FINISHED');
    return { state, tasksRun, startedMs, finishedMs: Math.max(0, finishedMs) };
  }

  /** The root cause of a job's last failure, undefined when it never failed. */
  async failure(id: string): Promise<string | undefined> {
    const answer = await ask<{ exceptionHistory?: { entries: { stacktrace: string }[] } }>(
      this.#http,
      'GET',
      `${this.#rest}/jobs/${id}/exceptions`,
    );
    const stack = answer.exceptionHistory?.entries[0]?.stacktrace;
    return stack === undefined ? undefined : rootCause(stack);
  }

  /** Ends a job without a savepoint. */
  async cancel(id: string): Promise<void> {
    await ask(this.#http, 'PATCH', `${this.#rest}/jobs/${id}?mode=cancel`);
  }

  async close(): Promise<void> {
    await ask(this.#http, 'DELETE', `${this.#url}/sessions/${this.#session}`);
  }
}

async function ask<T>(http: HttpClient, method: string, url: string, body?: unknown): Promise<T> {
  let answer: Awaited<ReturnType<HttpClient>>;
  try {
    answer = await http({
      method,
      url,
      timeoutMs: 60_000,
      ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
  } catch (error) {
    const { origin } = new URL(url);
    throw new StackError(
      'MILLRACE_ENGINE',
      `Flink does not answer at ${origin}. "millrace engines start flink" starts one.`,
      { cause: error },
    );
  }
  if (answer.status >= 400) throw new Error(reasonOf(answer.body));
  return (answer.body === '' ? {} : JSON.parse(answer.body)) as T;
}

/** Errors come as texts with the server's stack inside. */
function reasonOf(body: string): string {
  try {
    const { errors = [] } = JSON.parse(body) as { readonly errors?: readonly string[] };
    return rootCause(errors.join('\n'));
  } catch {
    return body;
  }
}
