/** A Kafka of one node on loopback, broker and controller at once (Kafka documentation, "KRaft"). */
import { join } from 'node:path';
import type { ClusterPlace, ClusterSpec } from './cluster-spec.ts';

/** Beside Millrace's broker, which has 9092. */
const defaultPorts = { broker: 19_092, controller: 19_093 } as const;

const clusterId = 'MillraceEngineKafka1AA';

export function kafkaCluster({ home, run, portOffset }: ClusterPlace): ClusterSpec {
  const broker = defaultPorts.broker + portOffset;
  const controller = defaultPorts.controller + portOffset;
  const config = join(run, 'conf', 'server.properties');
  const java = [
    '-Xmx768m',
    `-Dlog4j2.configurationFile=${join(run, 'conf', 'log4j2.properties')}`,
    '-cp',
    join(home, 'jars', '*'),
  ];
  return {
    files: [
      { path: 'conf/server.properties', content: configuration(run, broker, controller) },
      { path: 'conf/log4j2.properties', content: log4j },
    ],
    prepare: [
      {
        name: 'format',
        args: [
          ...java,
          'kafka.tools.StorageTool',
          ...['format', '--cluster-id', clusterId, '--config', config, '--standalone', '--ignore-formatted'],
        ],
      },
    ],
    processes: [{ name: 'broker', args: [...java, 'kafka.Kafka', config] }],
    ports: [
      { name: "Kafka's broker", port: broker },
      { name: "Kafka's controller", port: controller },
    ],
    addresses: { 'Bootstrap servers': `localhost:${broker}` },
    answers: [],
  };
}

function configuration(run: string, broker: number, controller: number): string {
  return `process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:${controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=PLAINTEXT://localhost:${broker}
log.dirs=${join(run, 'data')}
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
`;
}

const log4j = `rootLogger.level = WARN
rootLogger.appenderRef.console.ref = Console
appender.console.name = Console
appender.console.type = Console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d] %p %m (%c)%n
`;
