/**
 * Which properties each component knows: those that have an effect here, those that only mean something to a cluster or a JVM (accepted, with
 * a warning), and everything else, which is refused by name.
 */
import { brokerConfigs } from '../../broker/config/broker-config.ts';
import { workerKeys } from '../../connect/worker-config.ts';
import { StackError } from '../../core/errors.ts';
import { definitionOf } from '../../gateways/ksqldb/properties.ts';
import type { Component, Properties } from './component.ts';
import { namesWithoutEffect } from './kafka-names.ts';

export type Meaning = 'used' | 'without effect' | 'unsupported' | 'unknown';

/** Keys that the broker shows and keeps, and that change nothing in one node. */
const idleBrokerKeys =
  /^(connections\.max\.idle\.ms|log\.dirs?$|log\.cleaner\.threads|num\.(io|network)\.threads|offsets\.topic\.replication\.factor|process\.roles|transaction\.(state\.log\.(min\.isr|replication\.factor)|abort\.timed))/;
const security =
  /^(ssl\.|sasl\.|delegation\.token|authorizer\.class|principal\.builder|security\.|connections\.max\.reauth|connection\.failed\.auth|alter\.config\.policy|create\.topic\.policy|client\.quota\.callback|remote\.log\.storage\.system\.enable|config\.providers|listener\.name\.|authentication\.|ksql\.(server\.)?ssl\.|ksql\.authentication\.)/;
/** What Confluent's editions add: reporters, balancers, licenses. */
const confluent = /^(confluent\.|metric\.reporters$|.*interceptor\.classes$)/;

const registryUsed = new Set(['host.name', 'kafkastore.bootstrap.servers', 'listeners', 'schema.compatibility.level']);
const registryIdle =
  /^(kafkastore\.(init\.timeout\.ms|timeout\.ms|topic\.replication\.factor|write\.max\.retries|group\.id|connection\.url)|debug|leader\.eligibility|master\.eligibility|schema\.registry\.(group\.id|inter\.instance\.protocol)|access\.control\.allow\..*|response\.mediatype\..*|request\.logger\.name|metrics\..*|shutdown\.graceful\.ms|idle\.timeout\.ms|schema\.cache\.(size|expiry\.secs))$/;

const connectUsed =
  /^(bootstrap\.servers|listeners|rest\.(port|host\.name|advertised\.(host\.name|port))|producer\.compression\.type|(key|value|header)\.converter\..+)$/;
const connectIdle =
  /^(group\.id|client\.id|plugin\.(path|discovery)|internal\.(key|value)\.converter.*|(producer|consumer|admin)\..+|heartbeat\.interval\.ms|session\.timeout\.ms|rebalance\.timeout\.ms|request\.timeout\.ms|retry\.backoff\.(max\.)?ms|worker\.(sync\.timeout|unsync\.backoff)\.ms|scheduled\.rebalance\.max\.delay\.ms|connect\.protocol|inter\.worker\..*|connector\.client\.config\.override\.policy|(config|offset|status)\.storage\..+|offset\.flush\.timeout\.ms|metadata\..*|metrics\..*|connections\.max\.idle\.ms|(send|receive)\.buffer\.bytes|reconnect\.backoff\.(max\.)?ms|client\.dns\.lookup|admin\.listeners|access\.control\.allow\..*|response\.http\.headers\.config|rest\.extension\.classes|task\.shutdown\.graceful\.timeout\.ms)$/;

const ksqlUsed = new Set([
  'bootstrap.servers',
  'listeners',
  'host.name',
  'ksql.advertised.listener',
  'ksql.connect.url',
  'ksql.schema.registry.url',
]);
const ksqlIdle =
  /^(ksql\.(logging\.processing\.|heartbeat\.|lag\.reporting\.|metrics\.|connect\.(worker\.config|.+)|schema\.registry\..+|internal\.listener|idle\.connection\.timeout\.seconds|worker\.pool\.size|vertx\..+|log\.)|metric\.reporters|auto\.offset|config\.dir|cors\.allowed\.origins|shutdown\.timeout\.ms)/;

/** What a property means to a component. */
export function meaningOf(component: Component, name: string): Meaning {
  switch (component) {
    case 'broker':
      if (name === 'listener.security.protocol.map' || name === 'inter.broker.listener.name') return 'used';
      if (brokerConfigs.has(name)) return idleBrokerKeys.test(name) ? 'without effect' : 'used';
      return security.test(name) ? 'unsupported' : idle(namesWithoutEffect.has(name) || confluent.test(name));
    case 'schema-registry':
      if (registryUsed.has(name)) return 'used';
      return security.test(name.replace(/^kafkastore\./, ''))
        ? 'unsupported'
        : idle(registryIdle.test(name) || confluent.test(name));
    case 'connect':
      if (connectUsed.test(name) || workerKeys.some((key) => key.name === name)) return 'used';
      return security.test(name) ? 'unsupported' : idle(connectIdle.test(name) || confluent.test(name));
    case 'ksqldb-server':
      if (ksqlUsed.has(name) || definitionOf(name)?.used === true) return 'used';
      return security.test(name)
        ? 'unsupported'
        : idle(definitionOf(name) !== undefined || ksqlIdle.test(name) || confluent.test(name));
  }
}

function idle(is: boolean): Meaning {
  return is ? 'without effect' : 'unknown';
}

/**
 * Refuses what is not known; gives the names that change nothing. `from` says where a property was given (`KAFKA_FOO in the environment`).
 * @throws StackError MILLRACE_CONFIG_INVALID, MILLRACE_UNSUPPORTED
 */
export function checkProperties(
  component: Component,
  properties: Properties,
  from: (name: string) => string | undefined = () => undefined,
): string[] {
  const withoutEffect: string[] = [];
  for (const [name, value] of Object.entries(properties)) {
    const meaning = meaningOf(component, name);
    const where = from(name) === undefined ? '' : `, ${from(name)}`;
    if (meaning === 'unknown') {
      throw new StackError(
        'MILLRACE_CONFIG_INVALID',
        `${component} does not know the property "${name}" (value "${value}"${where}). docs/reference/configuration.md lists those that it knows.`,
        { details: { component, name } },
      );
    }
    if (meaning === 'unsupported') {
      throw new StackError(
        'MILLRACE_UNSUPPORTED',
        `${component}: "${name}"${where} asks for security or plugins that this version does not have; leave it away.`,
        { details: { component, name } },
      );
    }
    if (meaning === 'without effect') withoutEffect.push(name);
  }
  return withoutEffect;
}
