/** docs/reference/configuration.md is made from the definitions: `npx vitest run test/unit/server/configuration --update` writes it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { brokerConfigs } from '../../../../src/broker/config/broker-config.ts';
import { workerKeys } from '../../../../src/connect/worker-config.ts';
import { propertyDefinitions } from '../../../../src/gateways/ksqldb/property-definitions.ts';
import { meaningOf } from '../../../../src/server/configuration/known-properties.ts';
import { otherVariables, ownSettings } from '../../../../src/server/configuration/own-settings.ts';
import { describeShared, sharedPath } from '../../../shared.ts';

const page = fileURLToPath(new URL('../../../../docs/reference/configuration.md', import.meta.url));

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const code = (text: string | null | undefined): string => (text === null || text === undefined ? '' : `\`${text}\``);

function reference(): string {
  const broker = [...brokerConfigs.values()].filter(({ name }) => meaningOf('broker', name) === 'used');
  const idle = [...brokerConfigs.values()].filter(({ name }) => meaningOf('broker', name) !== 'used');
  const ksql = [...propertyDefinitions.values()].filter(({ used }) => used === true);
  return `# Configuration

What is set on the command line holds over the environment, that over the file \`millrace.yaml\` (\`--config FILE\`, \`MILLRACE_CONFIG\`; the one in
the working directory if nothing is said). A property that nobody knows is an error that names it and where it stands. What only means
something to a cluster of several nodes or to a JVM is accepted, and a warning says that it has no effect; security (TLS, SASL, access
control) is refused.

    millrace up --set broker.num.partitions=3          # the command line
    KAFKA_NUM_PARTITIONS=3 millrace up                  # the environment

    # millrace.yaml
    listen: 0.0.0.0
    broker:
      num.partitions: 3
      log.retention: { hours: 24 }                      # the same as log.retention.hours
    ksqldb-server:
      ksql.service.id: mine_

In the environment \`_\` stands for a point, \`__\` for a dash, \`___\` for an underscore, as with Confluent's images; a prefix says for which part:
\`KAFKA_\` the broker, \`SCHEMA_REGISTRY_\`, \`CONNECT_\`, \`KSQL_\` (ksqlDB's own names begin with \`ksql.\`, so \`KSQL_KSQL_SERVICE_ID\`). With
\`KAFKA_ADVERTISED_LISTENERS\` alone the broker listens at the same ports on all addresses, as in the image.

## Our own settings

${table(
  ['file', 'environment', 'command line', 'meaning (default)'],
  ownSettings.map(({ name, variable, flag, meaning }) => [code(name), code(variable), code(flag), meaning]),
)}

## broker

\`listeners\`, \`advertised.listeners\`, \`listener.security.protocol.map\` and \`inter.broker.listener.name\` are Kafka's; the protocol is PLAINTEXT. Without
\`listeners\` there is one, at port 9092 of the addresses of \`listen\`, and each client is told the address that it found. \`KAFKA_LISTENERS\` and \`--port-offset\`
add up. Listeners in \`controller.listener.names\` are not opened.

${table(
  ['property', 'type', 'default'],
  broker.map(({ name, type, default: byDefault }) => [code(name), type, code(byDefault)]),
)}

Known and shown, without effect: ${idle.map(({ name }) => code(name)).join(', ')}, and the other names of Kafka 4.4 and of its ZooKeeper years.

## schema-registry

\`schema.compatibility.level\` (\`BACKWARD\`), \`listeners\` (\`http://0.0.0.0:8081\`), \`host.name\`, \`kafkastore.bootstrap.servers\`.

## connect

\`bootstrap.servers\`, \`listeners\` (or \`rest.host.name\` and \`rest.port\`), \`rest.advertised.host.name\`, \`rest.advertised.port\`, \`producer.compression.type\`, the options of
converters (\`value.converter.schema.registry.url\`), and:

${table(
  ['property', 'type', 'default'],
  workerKeys.map(({ name, type, default: byDefault }) => [code(name), type.toLowerCase(), code(byDefault)]),
)}

## ksqldb-server

\`bootstrap.servers\`, \`listeners\`, \`ksql.advertised.listener\`, \`ksql.schema.registry.url\` and \`ksql.connect.url\` (for those that do not run in the same process), and
the following, with or without \`ksql.streams.\`. \`cache.max.bytes.buffering\` is 0 unless it is given.

${table(
  ['property', 'type', 'default'],
  ksql.map(({ name, type, default: byDefault }) => [
    code(name),
    type.toLowerCase(),
    code(byDefault?.replaceAll('|', '\\|')),
  ]),
)}
`;
}

it('the reference says what the definitions say', async () => {
  await expect(reference()).toMatchFileSnapshot(page);
});

describeShared('every property of Kafka', 'conformance/kafka/configs-broker.json', () => {
  it('is known, or refused for what it asks', () => {
    const { configs } = JSON.parse(readFileSync(sharedPath('conformance/kafka/configs-broker.json'), 'utf8')) as {
      configs: { name: string }[];
    };
    expect(configs.map(({ name }) => name).filter((name) => meaningOf('broker', name) === 'unknown')).toEqual([]);
  });
});

it('every variable of ours that a file uses is known, so that none of them stops a start', () => {
  const used = new Set<string>();
  for (const folder of ['src', 'scripts', 'test', 'bench']) {
    const root = fileURLToPath(new URL(`../../../../${folder}/`, import.meta.url));
    for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
      if (!/\.(ts|mjs|sh)$/.test(name)) continue;
      const text = readFileSync(join(root, name), 'utf8');
      for (const [, variable = ''] of text.matchAll(/(?:env\['|env\.|\$\{?)(MILLRACE_[A-Z_]+)/g)) used.add(variable);
    }
  }
  const known = new Set([...ownSettings.map(({ variable }) => variable), ...otherVariables]);
  expect(used.size).toBeGreaterThan(5);
  expect([...used].filter((variable) => !known.has(variable))).toEqual([]);
});
