/** A pipeline on a ksqlDB server: its statements as they are, over REST. */
import { StackError } from '../core/errors.ts';
import type { HttpClient } from '../core/http.ts';
import type { Pipeline } from './pipeline.ts';

/** Resolves with what the server says of each statement. @throws StackError MILLRACE_ENGINE with the server's reason */
export async function submitKsql(http: HttpClient, url: string, { statements, settings }: Pipeline): Promise<string[]> {
  const messages: string[] = [];
  for (const { statement, text } of statements) {
    if (statement.kind === 'set' || statement.kind === 'unset') continue;
    const answer = await post(http, `${url.replace(/\/$/, '')}/ksql`, { ksql: text, streamsProperties: settings });
    messages.push(answer);
  }
  return messages;
}

async function post(http: HttpClient, url: string, body: unknown): Promise<string> {
  let answer: Awaited<ReturnType<HttpClient>>;
  try {
    answer = await http({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/vnd.ksql.v1+json' },
      body: JSON.stringify(body),
      timeoutMs: 60_000,
    });
  } catch (error) {
    throw new StackError('MILLRACE_ENGINE', `No ksqlDB server answers at ${new URL(url).origin}.`, { cause: error });
  }
  const parsed = JSON.parse(answer.body) as unknown;
  if (answer.status >= 400) {
    const { message } = parsed as { readonly message?: string };
    throw new StackError('MILLRACE_ENGINE', `The ksqlDB server refused a statement: ${message ?? answer.body}`);
  }
  const [entity] = parsed as readonly { readonly commandStatus?: { readonly message?: string } }[];
  return entity?.commandStatus?.message ?? 'done';
}
