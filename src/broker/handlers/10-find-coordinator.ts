/**
 * FindCoordinator, versions 0–6, for groups and transactions: always this node. The topic of the coordinator is made at first use;
 * Kafka answers COORDINATOR_NOT_AVAILABLE then, and its clients ask again. Left out: share groups.
 */
import { errorCode } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { coordinatorCodeOf, kafkaText } from '../errors.ts';
import type { RequestContext } from '../context.ts';
import { groupOffsetsTopic, transactionStateTopic } from '../metadata/topic-names.ts';
import type { Services } from '../services.ts';

const keyTypes = { group: 0, transaction: 1, share: 2 } as const;

interface Found {
  readonly key: string;
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly errorCode: number;
  readonly errorMessage: string;
}

export const findCoordinator: ApiHandler<'FindCoordinator'> = apiHandler(
  'FindCoordinator',
  [0, 6],
  async (services, { version, body, context }) => {
    const keyType = version === 0 ? keyTypes.group : body.keyType;
    const coordinators: Found[] = [];
    for (const key of version >= 4 ? body.coordinatorKeys : [body.key])
      coordinators.push(await find(services, context, keyType, key));
    if (version >= 4) return { coordinators };
    const [{ key: _, errorMessage, ...found } = refused('', errorCode('INVALID_REQUEST'))] = coordinators;
    return { ...found, errorMessage: found.errorCode === 0 ? 'NONE' : errorMessage };
  },
);

function refused(key: string, code: number, errorMessage = ''): Found {
  return { key, nodeId: -1, host: '', port: -1, errorCode: code, errorMessage };
}

async function find(services: Services, { endpoint }: RequestContext, keyType: number, key: string): Promise<Found> {
  const { topics, catalog } = services;
  if (keyType !== keyTypes.group && keyType !== keyTypes.transaction)
    return refused(key, errorCode('INVALID_REQUEST'), keyType === keyTypes.share ? '' : kafkaText('INVALID_REQUEST'));
  if (keyType === keyTypes.transaction && key === '') return refused(key, errorCode('COORDINATOR_NOT_AVAILABLE'));
  try {
    const topic = keyType === keyTypes.group ? groupOffsetsTopic : transactionStateTopic;
    if (catalog.topic(topic) === undefined) {
      topics.ensure(topic);
      await topics.whenDurable();
    }
  } catch (error) {
    return refused(key, coordinatorCodeOf(error));
  }
  return { key, nodeId: services.nodeId, ...endpoint, errorCode: 0, errorMessage: '' };
}
