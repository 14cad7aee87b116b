import { expect, it } from 'vitest';
import { createUrlAliases } from '../../../src/client/url-aliases.ts';

const addresses = { kafka: 'localhost:19092', schemaRegistry: 'localhost:18081' };

it('replaces the names of the compose files, exactly them, and only for services that are embedded', () => {
  const { url, bootstrapServers } = createUrlAliases(addresses);
  expect(url('http://schema-registry:8081')).toBe('http://localhost:18081');
  expect(url('http://Schema-Registry:8081/subjects?a=b')).toBe('http://localhost:18081/subjects?a=b');
  expect(url('http://u:p@schema-registry:8081/x')).toBe('http://u:p@localhost:18081/x');
  for (const other of [
    'http://schema-registry:8082',
    'http://schema-registry',
    'http://my-schema-registry:8081',
    'http://schema-registry:80810',
    'http://connect:8083',
    'http://example.com/?u=http://schema-registry:8081',
    'schema-registry:8081',
  ])
    expect(url(other)).toBe(other);
  expect(bootstrapServers('broker:29092')).toBe('localhost:19092');
  expect(bootstrapServers('PLAINTEXT://broker:9092, kafka:9092,other:9092')).toBe(
    'PLAINTEXT://localhost:19092,localhost:19092,other:9092',
  );
  expect(bootstrapServers('broker:29092,kafka:9092')).toBe('localhost:19092');
});

it('can be switched off', () => {
  const { url, bootstrapServers } = createUrlAliases(addresses, { enabled: false });
  expect(url('http://schema-registry:8081')).toBe('http://schema-registry:8081');
  expect(bootstrapServers('broker:29092')).toBe('broker:29092');
});
