/** The prompt against a running stack, typed through a pipe: a query that runs is ended, errors do not end the session. */
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { interact } from '../../../src/cli/ksql/interactive.ts';
import { createKsqlRestClient } from '../../../src/cli/ksql/rest-client.ts';
import { KsqlSession } from '../../../src/cli/ksql/session.ts';
import { nodeHttp, nodeHttpStream } from '../../../src/core/http.ts';
import { startStack } from '../../../src/server/stack.ts';
import type { Stack } from '../../../src/server/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ ports: 0 });
});
afterAll(() => stack.stop());

it('gathers lines, tells errors, ends with EXIT', async () => {
  let text = '';
  const print = (more: string): void => {
    text += more;
  };
  const connect = (url: string): ReturnType<typeof createKsqlRestClient> =>
    createKsqlRestClient({ url, http: nodeHttp, stream: nodeHttpStream });
  const session = new KsqlSession({
    client: connect(stack.ksqlUrl),
    print,
    spool: () => {},
    readFile: () => Buffer.alloc(0),
    width: () => 80,
    format: 'TABULAR',
    properties: new Map(),
    variables: new Map(),
  });
  const input = new PassThrough();
  const typed: string[] = [];
  const ended = interact({
    session,
    print,
    connect,
    input,
    output: new PassThrough(),
    history: [],
    typed: (text) => typed.push(text),
    keepHistory: () => {},
  });
  input.write("DEFINE x =\n'a;\nb';\nshow variables;\nDESCRIBE nothing;\noutput json\noutput\nserver\nexit\n");
  await ended;
  expect(typed.slice(0, 2)).toEqual(["DEFINE x =\n'a;\nb';", 'show variables;']);
  expect(text).toContain(' x             | a;\nb  ');
  expect(text).toContain("Could not find STREAM/TABLE 'NOTHING' in the Metastore");
  expect(text).toContain(`Current output format: JSON\n${stack.ksqlUrl}\nExiting ksqlDB.\n`);
});
