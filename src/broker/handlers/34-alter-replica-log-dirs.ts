/** AlterReplicaLogDirs, versions 1–2. There is one log directory: a partition may be "moved" to where it is, and nowhere else. */
import { errorCode } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';

export const alterReplicaLogDirs: ApiHandler<'AlterReplicaLogDirs'> = apiHandler(
  'AlterReplicaLogDirs',
  [1, 2],
  ({ catalog, dataDir }, { body }) => ({
    results: body.dirs.flatMap(({ path, topics }) =>
      topics.map(({ name, partitions }) => ({
        topicName: name,
        partitions: partitions.map((partitionIndex) => ({
          partitionIndex,
          errorCode: errorCode(
            path !== dataDir
              ? 'LOG_DIR_NOT_FOUND'
              : catalog.partition(name, partitionIndex) === undefined
                ? 'REPLICA_NOT_AVAILABLE'
                : 'NONE',
          ),
        })),
      })),
    ),
  }),
);
