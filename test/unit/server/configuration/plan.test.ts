import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/core/logger.ts';
import { components } from '../../../../src/server/configuration/component.ts';
import { planStack } from '../../../../src/server/configuration/plan.ts';
import type { StackOptions } from '../../../../src/server/stack.ts';

function plan(options: StackOptions): { runs: string[]; kafka: unknown; registry: unknown; connect: unknown } {
  const { runs, bootstrapServers, schemaRegistryUrl, connectUrl } = planStack(options, silentLogger);
  return { runs: components.filter(runs), kafka: bootstrapServers, registry: schemaRegistryUrl, connect: connectUrl };
}

describe('what a stack consists of', () => {
  it.each<[string, StackOptions, object]>([
    ['everything', {}, { runs: [...components] }],
    ['a Kafka of others', { bootstrapServers: 'k:1' }, { runs: components.slice(1), kafka: 'k:1' }],
    [
      'a registry of others',
      { schemaRegistryUrl: 'http://r' },
      { runs: ['broker', 'connect', 'ksqldb-server'], registry: 'http://r' },
    ],
    [
      'the registry alone',
      { services: ['schema-registry'], registry: { 'kafkastore.bootstrap.servers': 'PLAINTEXT://broker:29092' } },
      { runs: ['schema-registry'], kafka: 'broker:29092' },
    ],
    [
      'ksqlDB alone',
      {
        services: ['ksqldb-server'],
        ksql: { 'bootstrap.servers': 'b:1', 'ksql.schema.registry.url': 'http://r', 'ksql.connect.url': 'http://c' },
      },
      { runs: ['ksqldb-server'], kafka: 'b:1', registry: 'http://r', connect: 'http://c' },
    ],
    [
      'all in one, told of itself by its names',
      { connect: { 'bootstrap.servers': 'broker:29092' }, ksql: { 'bootstrap.servers': 'localhost:9092' } },
      { runs: [...components], kafka: undefined },
    ],
  ])('%s', (_what, options, expected) => {
    expect(plan(options)).toMatchObject(expected);
  });

  it.each<[string, StackOptions, RegExp]>([
    [
      'another Kafka beside the own broker',
      { connect: { 'bootstrap.servers': 'elsewhere:9092' } },
      /connect: bootstrap\.servers=elsewhere:9092 names another Kafka/,
    ],
    ['no Kafka at all', { services: ['connect'] }, /need a Kafka: name it with --bootstrap-server/],
    [
      'several',
      {
        services: ['connect', 'schema-registry'],
        connect: { 'bootstrap.servers': 'a:1' },
        registry: { 'kafkastore.bootstrap.servers': 'b:1' },
      },
      /here they name several/,
    ],
    ['ksqlDB without a registry', { services: ['ksqldb-server'], bootstrapServers: 'a:1' }, /needs a Schema Registry/],
    [
      'an unknown property',
      { ksql: { 'ksql.servce.id': 'x' } },
      /ksqldb-server does not know the property "ksql\.servce\.id"/,
    ],
  ])('refuses %s', (_what, options, text) => {
    expect(() => plan(options)).toThrow(text);
  });
});
