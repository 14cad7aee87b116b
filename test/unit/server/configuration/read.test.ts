import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeDisk } from '../../../../src/core/disk.ts';
import { readConfiguration } from '../../../../src/server/configuration/read.ts';
import type { ConfigurationSources } from '../../../../src/server/configuration/read.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-configuration-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function read(yaml: string, more: Partial<ConfigurationSources> = {}): ReturnType<typeof readConfiguration> {
  const file = join(folder, 'millrace.yaml');
  writeFileSync(file, yaml);
  return readConfiguration({ disk: nodeDisk, environment: {}, flags: {}, file, ...more });
}

describe('the configuration', () => {
  it('is read from the file: our settings, and real names nested by component', async () => {
    const yaml = `
listen: [0.0.0.0, '::1']
port:
  offset: 100
broker:
  num.partitions: 3
  log.retention: { hours: 24, bytes: -1 }
  listeners:
    - PLAINTEXT://:29092
    - PLAINTEXT_HOST://localhost:9092
  listener.security.protocol.map: PLAINTEXT:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT
ksqldb-server: { ksql.service.id: mine_ }
connect:
`;
    expect(await read(yaml)).toMatchObject({
      listen: ['0.0.0.0', '::1'],
      portOffset: 100,
      broker: {
        'num.partitions': '3',
        'log.retention.hours': '24',
        'log.retention.bytes': '-1',
        listeners: 'PLAINTEXT://:29092,PLAINTEXT_HOST://localhost:9092',
      },
      ksql: { 'ksql.service.id': 'mine_' },
      connect: {},
    });
  });

  it('takes the command line over the environment over the file', async () => {
    const yaml =
      'durability: fsync\nport.offset: 1\nlog.level: info\nbroker: { num.partitions: 1, message.max.bytes: 1, log.retention.ms: 1 }';
    const options = await read(yaml, {
      environment: {
        MILLRACE_PORT_OFFSET: '2',
        MILLRACE_LOG_LEVEL: 'debug',
        KAFKA_NUM_PARTITIONS: '2',
        KAFKA_MESSAGE_MAX_BYTES: '2',
      },
      flags: { 'port.offset': '3' },
      set: ['broker.num.partitions=3'],
    });
    expect(options).toMatchObject({ durability: 'fsync', portOffset: 3, logLevel: 'debug' });
    expect(options.broker).toEqual({ 'num.partitions': '3', 'message.max.bytes': '2', 'log.retention.ms': '1' });
  });

  it('reads variables as the images name them', async () => {
    const options = await read('', {
      environment: {
        KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://broker:29092,PLAINTEXT_HOST://localhost:9092',
        KAFKA_HEAP_OPTS: '-Xmx1G',
        CONNECT_REST_ADVERTISED_HOST_NAME: 'connect',
        CONNECT_VALUE_CONVERTER_SCHEMA_REGISTRY_URL: 'http://schema-registry:8081',
        SCHEMA_REGISTRY_SCHEMA_COMPATIBILITY_LEVEL: 'full',
        KSQL_KSQL_SERVICE_ID: 'mine_',
        KSQL_CACHE_MAX_BYTES_BUFFERING: '0',
        PATH: '/bin',
      },
    });
    expect(options.broker).toEqual({
      'advertised.listeners': 'PLAINTEXT://broker:29092,PLAINTEXT_HOST://localhost:9092',
      listeners: 'PLAINTEXT://0.0.0.0:29092,PLAINTEXT_HOST://0.0.0.0:9092',
    });
    expect(options.connect).toEqual({
      'rest.advertised.host.name': 'connect',
      'value.converter.schema.registry.url': 'http://schema-registry:8081',
    });
    expect(options.registry).toEqual({ 'schema.compatibility.level': 'full' });
    expect(options.ksql).toEqual({ 'ksql.service.id': 'mine_', 'cache.max.bytes.buffering': '0' });
  });

  it.each([
    [
      'an unknown property of the file',
      'broker: { num.partitons: 3 }',
      {},
      /broker does not know the property "num\.partitons" \(value "3", in .*millrace\.yaml\)/,
    ],
    [
      'one of the environment',
      '',
      { environment: { KAFKA_NUM_PARTITONS: '3' } },
      /"num\.partitons" \(value "3", from KAFKA_NUM_PARTITONS in the environment\)/,
    ],
    [
      'one of the command line',
      '',
      { set: ['ksqldb-server.ksql.servce.id=x'] },
      /ksqldb-server does not know the property "ksql\.servce\.id" \(value "x", from --set\)/,
    ],
    ['an unknown setting', 'lisen: 0.0.0.0', {}, /millrace\.yaml: there is no setting "lisen" \(value "0\.0\.0\.0"\)/],
    ['a variable of ours that is none', '', { environment: { MILLRACE_LISEN: 'x' } }, /MILLRACE_LISEN means nothing/],
    [
      'a component that is none',
      '',
      { set: ['brocker.num.partitions=1'] },
      /--set brocker\.num\.partitions=1: it is COMPONENT\.PROPERTY=VALUE/,
    ],
    ['what is no YAML', 'a: [', {}, /millrace\.yaml is not YAML: .* at line 1/],
    ['a list', '- a', {}, /it has to be a mapping of settings/],
    [
      'security',
      'broker: { ssl.keystore.location: /x }',
      {},
      /"ssl\.keystore\.location", in .*millrace\.yaml asks for security/,
    ],
    [
      'a port that is none',
      '',
      { flags: { 'port.offset': 'x' } },
      /Invalid value x for port\.offset \(--port-offset, MILLRACE_PORT_OFFSET\): it is a whole number/,
    ],
    ['a choice that is none', 'durability: maybe', {}, /it is one of page-cache, fsync\./],
    [
      'a part that is none',
      'services: brocker',
      {},
      /there is no "brocker"; there are broker, schema-registry, connect, ksqldb-server\./,
    ],
  ] as const)('refuses %s, by its name', async (_what, yaml, more, text) => {
    await expect(read(yaml, more as Partial<ConfigurationSources>)).rejects.toThrow(text);
  });

  it('says that a named file is not there, and does without one that nobody named', async () => {
    const sources = { disk: nodeDisk, environment: {}, flags: {} };
    await expect(readConfiguration({ ...sources, file: join(folder, 'none.yaml') })).rejects.toThrow(
      /The configuration file .*none\.yaml cannot be read: ENOENT/,
    );
    expect(await readConfiguration(sources)).toMatchObject({ portOffset: 0, broker: {} });
  });
});
