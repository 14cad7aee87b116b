import { afterAll, beforeAll, expect, it } from 'vitest';
import { clientOf, startBroker, ways } from './fixtures.ts';
import type { TestBroker } from './fixtures.ts';
import { clientSuite } from './suite.ts';

let server: TestBroker;
beforeAll(async () => {
  server = await startBroker();
});
afterAll(() => server.close());

for (const way of ways)
  clientSuite(
    way,
    () => clientOf(server, way),
    () => server.broker.clusterId,
  );

it('only in process: readers of the files', async () => {
  const embedded = await clientOf(server, 'in process');
  await embedded.admin.createTopic({ topic: 'files', partitions: 1 });
  expect(await embedded.openReader?.('files', 0)).toMatchObject({ directory: expect.any(String) });
  expect(await embedded.openReader?.('files', 1)).toBeUndefined();
  await embedded.close();
  const remote = await clientOf(server, 'over a socket');
  expect(remote.openReader).toBeUndefined();
  await remote.close();
});
