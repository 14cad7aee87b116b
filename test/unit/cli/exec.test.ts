import { expect, test } from 'vitest';
import { addressesOf } from '../../../src/cli/exec.ts';

test('inside of the containers the usual addresses mean the running stack', () => {
  const { bootstrapServers, url } = addressesOf({
    version: '0',
    pid: 1,
    ready: true,
    uptimeMs: 0,
    dataDir: '',
    bootstrapServers: 'localhost:19092',
    schemaRegistryUrl: 'http://localhost:18081',
    connectUrl: 'http://localhost:18083',
    ksqlUrl: 'http://localhost:18088',
  });
  expect(bootstrapServers('localhost:9092')).toBe('localhost:19092');
  expect(bootstrapServers('broker:29092')).toBe('localhost:19092');
  expect(bootstrapServers('elsewhere:9092')).toBe('elsewhere:9092');
  expect(url('http://schema-registry:8081/config')).toBe('http://localhost:18081/config');
  expect(url('http://localhost:8081')).toBe('http://localhost:18081');
});
