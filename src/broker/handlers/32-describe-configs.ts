/**
 * DescribeConfigs, versions 1–4: topics, this broker, all brokers, groups, client metrics subscriptions, the one logger.
 * Left out: the documentation of keys (always null); of a broker the keys that mean nothing to one node without security.
 */
import { kafkaError } from '../../wire/error-codes.ts';
import type { Input, ResponseBody } from '../../wire/codecs.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { configSources, resourceTypes } from '../config/definition.ts';
import {
  describeBrokerConfig,
  describeBrokerDefaults,
  describeClientMetricsConfig,
  describedEntry,
  describeGroupConfig,
  describeTopicConfig,
} from '../config/describe.ts';
import type { DescribedConfig } from '../config/describe.ts';
import type { RequestContext } from '../context.ts';
import { codeOf, kafkaText, textOf } from '../errors.ts';
import { checkTopicName } from '../metadata/topic-names.ts';
import type { Services } from '../services.ts';

type Result = Input<ResponseBody<'DescribeConfigs'>['results'][number]>;

export const describeConfigs: ApiHandler<'DescribeConfigs'> = apiHandler(
  'DescribeConfigs',
  [1, 4],
  (services, { body, context }) => ({
    results: body.resources.map(({ resourceType, resourceName, configurationKeys }): Result => {
      try {
        const wanted =
          configurationKeys === null || configurationKeys.length === 0 ? undefined : new Set(configurationKeys);
        const configs = describe(services, context, resourceType, resourceName)
          .filter(({ definition }) => wanted === undefined || wanted.has(definition.name))
          .map((config) => describedEntry(config, body.includeSynonyms));
        return { errorCode: 0, errorMessage: '', resourceType, resourceName, configs };
      } catch (error) {
        return { errorCode: codeOf(error), errorMessage: textOf(error) ?? '', resourceType, resourceName };
      }
    }),
  }),
);

function describe(services: Services, context: RequestContext, type: number, name: string): DescribedConfig[] {
  const { catalog, config } = services;
  switch (type) {
    case resourceTypes.topic: {
      checkTopicName(name);
      const topic = catalog.topic(name);
      if (topic === undefined) throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION');
      return describeTopicConfig(topic.config, config);
    }
    case resourceTypes.broker:
      if (name === '') return describeBrokerDefaults(config);
      checkBroker(services, name);
      return describeBrokerConfig(config, identity(services, context));
    case resourceTypes.brokerLogger:
      checkBroker(services, name);
      return [
        {
          definition: { name: 'root', type: 'string', default: null },
          value: 'INFO',
          source: configSources.brokerLogger,
          readOnly: true,
          synonyms: [],
        },
      ];
    case resourceTypes.group:
      return describeGroupConfig(catalog.groupConfigs.get(name), config);
    case resourceTypes.clientMetrics:
      return describeClientMetricsConfig(catalog.clientMetricsConfigs.get(name));
    default:
      throw kafkaError('INVALID_REQUEST', kafkaText('INVALID_REQUEST'));
  }
}

function checkBroker({ nodeId }: Services, name: string): void {
  if (!/^-?\d+$/.test(name)) throw kafkaError('INVALID_REQUEST', `Broker id must be an integer, but it is: ${name}`);
  if (Number(name) !== nodeId)
    throw kafkaError(
      'INVALID_REQUEST',
      `Unexpected broker id, expected ${nodeId} or empty string, but received ${name}`,
    );
}

/** What the broker is without anybody having configured it. */
function identity({ nodeId, dataDir }: Services, { endpoint }: RequestContext): Map<string, string> {
  const listener = `PLAINTEXT://${endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host}:${endpoint.port}`;
  return new Map([
    ['node.id', String(nodeId)],
    ['broker.id', String(nodeId)],
    ['log.dirs', dataDir],
    ['listeners', listener],
    ['advertised.listeners', listener],
    ['process.roles', 'broker,controller'],
  ]);
}
