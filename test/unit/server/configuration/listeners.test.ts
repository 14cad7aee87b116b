/** Kafka's texts are those of a real broker (kafka.server.KafkaConfig of 4.3.1) for the same properties. */
import { describe, expect, it } from 'vitest';
import { httpListener, kafkaListeners } from '../../../../src/server/configuration/listeners.ts';

const defaults = { hosts: ['127.0.0.1'], port: 9092, portOffset: 0 };
const two = {
  listeners: 'PLAINTEXT://0.0.0.0:29092,PLAINTEXT_HOST://localhost:9092',
  'advertised.listeners': 'PLAINTEXT://broker:29092,PLAINTEXT_HOST://localhost:9092',
  'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT',
};

describe("Kafka's listeners", () => {
  it('is one, at the usual place, unless told otherwise', () => {
    expect(kafkaListeners({}, defaults)).toEqual([{ name: 'PLAINTEXT', hosts: ['127.0.0.1'], port: 9092 }]);
    expect(kafkaListeners({}, { ...defaults, port: 0 })).toMatchObject([{ port: 0 }]);
  });

  it('are several, each known by an address of its own', () => {
    expect(kafkaListeners(two, { ...defaults, port: 9192, portOffset: 100 })).toEqual([
      { name: 'PLAINTEXT', hosts: ['0.0.0.0'], port: 29192, advertised: { host: 'broker', port: 29192 } },
      {
        name: 'PLAINTEXT_HOST',
        hosts: ['127.0.0.1', '::1'],
        port: 9192,
        advertised: { host: 'localhost', port: 9192 },
      },
    ]);
  });

  it('leave the controller out', () => {
    const properties = {
      listeners: 'PLAINTEXT://broker:29092,CONTROLLER://broker:29093,PLAINTEXT_HOST://0.0.0.0:9092',
      'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PLAINTEXT_HOST:PLAINTEXT',
      'controller.listener.names': 'CONTROLLER',
    };
    expect(kafkaListeners(properties, defaults).map(({ name }) => name)).toEqual(['PLAINTEXT', 'PLAINTEXT_HOST']);
  });

  it.each([
    [
      { listeners: 'PLAINTEXT://0.0.0.0:9092', 'advertised.listeners': 'PLAINTEXT://0.0.0.0:9092' },
      'advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP address.',
    ],
    [
      { listeners: 'PLAINTEXT://0.0.0.0:9092,PLAINTEXT_HOST://0.0.0.0:29092' },
      "Error creating broker listeners from '[PLAINTEXT://0.0.0.0:9092, PLAINTEXT_HOST://0.0.0.0:29092]': No security protocol defined for listener PLAINTEXT_HOST",
    ],
    [
      { ...two, 'advertised.listeners': 'PLAINTEXT://broker:9092,X://localhost:1' },
      "Error creating broker listeners from '[PLAINTEXT://broker:9092, X://localhost:1]': No security protocol defined for listener X",
    ],
    [
      { ...two, listeners: 'PLAINTEXT://0.0.0.0:9092' },
      'advertised.listeners listener names must be equal to or a subset of the ones defined in listeners. Found PLAINTEXT,PLAINTEXT_HOST. The valid options based on the current configuration are PLAINTEXT',
    ],
    [
      { ...two, listeners: 'PLAINTEXT://0.0.0.0:9092,PLAINTEXT_HOST://0.0.0.0:9092' },
      "Error creating broker listeners from '[PLAINTEXT://0.0.0.0:9092, PLAINTEXT_HOST://0.0.0.0:9092]': If you have two listeners on the same port then one needs to be IPv4 and the other IPv6, listeners: [PLAINTEXT://0.0.0.0:9092, PLAINTEXT_HOST://0.0.0.0:9092], port: 9092",
    ],
    [
      { listeners: 'PLAINTEXT://0.0.0.0:9092,PLAINTEXT://0.0.0.0:9093' },
      "Error creating broker listeners from '[PLAINTEXT://0.0.0.0:9092, PLAINTEXT://0.0.0.0:9093]': Each listener must have a different name, listeners: [PLAINTEXT://0.0.0.0:9092, PLAINTEXT://0.0.0.0:9093]",
    ],
    [
      { listeners: 'PLAINTEXT:/0.0.0.0:9092' },
      "Error creating broker listeners from '[PLAINTEXT:/0.0.0.0:9092]': Unable to parse PLAINTEXT:/0.0.0.0:9092 to a broker endpoint",
    ],
    [
      { listeners: 'PLAINTEXT://0.0.0.0:abc' },
      "Error creating broker listeners from '[PLAINTEXT://0.0.0.0:abc]': Unable to parse PLAINTEXT://0.0.0.0:abc to a broker endpoint",
    ],
    [{ listeners: '' }, "Configuration 'listeners' must not be empty. Valid values include: any non-empty value"],
    [
      { listeners: 'FOO://0.0.0.0:9092', 'listener.security.protocol.map': 'FOO:BAR' },
      'Invalid security protocol `BAR` defined in listener.security.protocol.map',
    ],
    [{ listeners: 'SSL://0.0.0.0:9092' }, 'Listener SSL uses SSL; this version has PLAINTEXT only.'],
  ] as const)('refuses %j', (properties, text) => {
    expect(() => kafkaListeners(properties, defaults)).toThrow(expect.objectContaining({ message: text }));
  });
});

describe('listeners of an HTTP service', () => {
  const usual = { hosts: ['127.0.0.1'], port: 8081, portOffset: 0 };
  it.each([
    [{}, { hosts: ['127.0.0.1'], port: 8081, names: [] }],
    [
      { listeners: 'http://0.0.0.0:9081', 'host.name': 'schema-registry' },
      { hosts: ['0.0.0.0'], port: 9081, names: ['schema-registry'] },
    ],
    [
      { listeners: 'http://localhost:1, http://Registry:1' },
      { hosts: ['127.0.0.1', '::1', 'Registry'], port: 1, names: ['localhost', 'registry'] },
    ],
    [
      { 'rest.host.name': '0.0.0.0', 'rest.port': '9083', 'rest.advertised.host.name': 'connect' },
      { hosts: ['0.0.0.0'], port: 9083, names: ['connect'] },
    ],
  ] as const)('%j', (properties, expected) => {
    expect(httpListener(properties as Record<string, string>, usual)).toEqual(expected);
  });

  it.each([
    ['https://0.0.0.0:8081', /wants TLS/],
    ['0.0.0.0:8081', /Invalid listener URI: 0\.0\.0\.0:8081/],
    ['http://a:1,http://a:2', /the same port/],
  ])('refuses %s', (listeners, text) => {
    expect(() => httpListener({ listeners }, usual)).toThrow(text);
  });
});
