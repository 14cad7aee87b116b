import { expect, test } from 'vitest';
import { rootCause } from '../../../src/engines/root-cause.ts';

test('the innermost cause of a stack comes out as a sentence', () => {
  const output = `2026-11-25 10:00:00,000 ERROR org.apache.flink.runtime.Entrypoint [] - Could not start.
org.apache.flink.runtime.entrypoint.ClusterEntrypointException: Failed to initialize
\tat org.apache.flink.Entrypoint.start(Entrypoint.java:1)
Caused by: java.util.concurrent.CompletionException: outer
\t... 2 more
Caused by: java.net.BindException: Address already in use
\tat java.base/sun.nio.ch.Net.bind0(Native Method)
`;
  expect(rootCause(output)).toBe('Address already in use (BindException)');
});

test('an exception without a cause, a logged error and a plain line do as well', () => {
  expect(
    rootCause('Exception in thread "main" java.lang.IllegalStateException: no such folder\n\tat A.b(A.java:1)'),
  ).toBe('no such folder (IllegalStateException)');
  expect(rootCause('INFO all is well\n10:00 ERROR the port is taken\nINFO the end')).toBe('the port is taken');
  expect(rootCause('Unrecognized option: --no\n')).toBe('Unrecognized option: --no');
  expect(rootCause('')).toBe('it printed nothing');
});

test("the last word of a PySpark program is its reason, not Java's causes above it", () => {
  const output = `Caused by: java.util.concurrent.RejectedExecutionException: Task rejected
Traceback (most recent call last):
  File "job.py", line 9, in <module>
pyspark.errors.exceptions.captured.StreamingQueryException: [STREAM_FAILED] Query [id = 1-a, runId = 2-b] terminated with exception: Key may not be null SQLSTATE: XXKST
`;
  expect(rootCause(output)).toBe('Key may not be null SQLSTATE: XXKST');
});
