/** `kafka-metadata-quorum describe`: the state of the quorum that holds a cluster's metadata. */
import { assert } from '../../core/assert.ts';
import { StackError } from '../../core/errors.ts';
import type { KafkaClient } from '../../client/kafka-client.ts';
import type { ResponseBody } from '../../wire/codecs.ts';
import { argumentTool } from './arguments.ts';
import type { Arguments } from './arguments.ts';
import { readConfig } from './client-config.ts';
import { checkCode } from './java-errors.ts';
import { tabbedTable } from './tables.ts';
import { withClient } from './tool.ts';
import type { KafkaTool, ToolEnvironment } from './tool.ts';

type Answer = ResponseBody<'DescribeQuorum'>;
type Quorum = Answer['topics'][number]['partitions'][number] & Pick<Answer, 'nodes'>;
type Replica = Quorum['currentVoters'][number];

const noDirectoryId = 'AAAAAAAAAAAAAAAAAAAAAA';

export const metadataQuorum: KafkaTool = argumentTool({
  program: 'kafka-metadata-quorum',
  description: 'This tool describes kraft metadata quorum status.',
  helpCode: 0,
  arguments: {
    'bootstrap-server': { metavar: 'BOOTSTRAP_SERVER', help: 'The server(s) to connect to.' },
    'bootstrap-controller': { metavar: 'BOOTSTRAP_CONTROLLER', help: 'The controller(s) to connect to.' },
    'command-config': { metavar: 'COMMAND_CONFIG', help: 'A file with properties of the client.' },
  },
  exclusive: [{ names: ['bootstrap-server', 'bootstrap-controller'], required: true }],
  commands: {
    describe: {
      help: 'Describe the metadata quorum info',
      arguments: {
        status: { help: 'A short summary of the quorum.' },
        replication: { help: 'How far each replica is.' },
        'human-readable': { help: 'With --replication: times as they lie back.' },
      },
      run: describe,
    },
  },
});

async function describe(args: Arguments, env: ToolEnvironment): Promise<number> {
  const isHuman = args.has('human-readable');
  const byReplica = args.has('replication');
  if (byReplica && args.has('status'))
    throw failed('Only one of --status or --replication should be specified with describe sub-command');
  if (!byReplica && !args.has('status'))
    throw failed('One of --status or --replication must be specified with describe sub-command');
  if (!byReplica && isHuman) throw failed('The option --human-readable is only supported along with --replication');
  const server = args.value('bootstrap-server') ?? (args.value('bootstrap-controller') as string);
  return withClient(env, server, readConfig(env, [args.value('command-config')]), async (client) => {
    const quorum = await quorumOf(client);
    env.out(byReplica ? replication(quorum, isHuman ? env.clock.now() : undefined) : await status(client, quorum));
    return 0;
  });
}

function failed(message: string): StackError {
  return new StackError('MILLRACE_CONFIG_INVALID', message);
}

async function quorumOf(client: KafkaClient): Promise<Quorum> {
  const answer = await client.request('DescribeQuorum', {
    topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }],
  });
  checkCode(answer.errorCode, answer.errorMessage);
  const [partition] = answer.topics[0]?.partitions ?? [];
  checkCode(partition?.errorCode, partition?.errorMessage);
  assert(partition !== undefined, 'the partition that was asked for');
  return { ...partition, nodes: answer.nodes };
}

function leaderOf({ currentVoters, leaderId }: Quorum): Replica {
  const leader = currentVoters.find(({ replicaId }) => replicaId === leaderId);
  if (leader === undefined) throw failed(`The quorum has no leader now (leader ${leaderId}).`);
  return leader;
}

async function status(client: KafkaClient, quorum: Quorum): Promise<string> {
  const leader = leaderOf(quorum);
  const slowest = quorum.currentVoters.reduce((a, b) => (b.logEndOffset < a.logEndOffset ? b : a));
  const times = [Number(leader.lastCaughtUpTimestamp), Number(slowest.lastCaughtUpTimestamp)] as const;
  const lagMs = times[0] < 0 || times[1] < 0 ? -1 : times[0] - times[1];
  const voters = (replicas: readonly Replica[]): string =>
    `[${replicas.map((replica) => replicaText(replica, quorum)).join(', ')}]`;
  return [
    ['ClusterId', await client.clusterId()],
    ['LeaderId', quorum.leaderId],
    ['LeaderEpoch', quorum.leaderEpoch],
    ['HighWatermark', quorum.highWatermark],
    ['MaxFollowerLag', Number(leader.logEndOffset) - Number(slowest.logEndOffset)],
    ['MaxFollowerLagTimeMs', leader === slowest ? 0 : lagMs],
    ['CurrentVoters', voters(quorum.currentVoters)],
    ['CurrentObservers', voters(quorum.observers)],
  ]
    .map(([name, value]) => `${`${name}:`.padEnd(23)} ${value}\n`)
    .join('');
}

function replicaText({ replicaId, replicaDirectoryId }: Replica, { nodes }: Quorum): string {
  const endpoints = (nodes.find(({ nodeId }) => nodeId === replicaId)?.listeners ?? []).map(
    ({ name, host, port }) => `"${name}://${host}:${port}"`,
  );
  const directory = replicaDirectoryId === noDirectoryId ? '' : `, "directoryId": "${replicaDirectoryId}"`;
  return `{"id": ${replicaId}${directory}${endpoints.length === 0 ? '' : `, "endpoints": [${endpoints.join(', ')}]`}}`;
}

const replicationHeader = [
  'NodeId',
  'DirectoryId',
  'LogEndOffset',
  'Lag',
  'LastFetchTimestamp',
  'LastCaughtUpTimestamp',
  'Status',
];

function replication(quorum: Quorum, now: number | undefined): string {
  const leader = leaderOf(quorum);
  const time = (timestamp: bigint | number): string => {
    if (Number(timestamp) < 0) return '-1';
    return now === undefined ? String(timestamp) : `${now - Number(timestamp)} ms ago`;
  };
  const row = (replica: Replica, state: string): string[] => [
    String(replica.replicaId),
    replica.replicaDirectoryId,
    String(replica.logEndOffset),
    String(Number(leader.logEndOffset) - Number(replica.logEndOffset)),
    time(replica.lastFetchTimestamp),
    time(replica.lastCaughtUpTimestamp),
    state,
  ];
  return tabbedTable([
    replicationHeader,
    row(leader, 'Leader'),
    ...quorum.currentVoters.filter((voter) => voter !== leader).map((voter) => row(voter, 'Follower')),
    ...quorum.observers.map((observer) => row(observer, 'Observer')),
  ]);
}
