/** DescribeLogDirs, versions 1–5. Left out: the size and the free room of the volume (−1, unknown). */
import type { Input, ResponseBody } from '../../wire/codecs.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import type { Partition } from '../partition.ts';
import { isStorageError } from '../errors.ts';

type PartitionSize = Input<ResponseBody<'DescribeLogDirs'>['results'][number]['topics'][number]['partitions'][number]>;

export const describeLogDirs: ApiHandler<'DescribeLogDirs'> = apiHandler(
  'DescribeLogDirs',
  [1, 5],
  ({ catalog, dataDir }, { body }) => {
    const asked = body.topics ?? Array.from(catalog.topics.values(), ({ name }) => ({ topic: name, partitions: null }));
    const topics = asked.flatMap(({ topic, partitions }) => {
      const known = catalog.topic(topic)?.partitions ?? [];
      const wanted = partitions === null ? known : known.filter(({ index }) => partitions.includes(index));
      return wanted.length === 0 ? [] : [{ name: topic, partitions: wanted.map(sizeOf) }];
    });
    return { results: [{ errorCode: 0, logDir: dataDir, topics, totalBytes: -1, usableBytes: -1 }] };
  },
);

function sizeOf(partition: Partition): PartitionSize {
  let partitionSize = -1;
  try {
    partitionSize = partition.log.size;
  } catch (error) {
    if (!isStorageError(error)) throw error;
  }
  return { partitionIndex: partition.index, partitionSize, offsetLag: 0, isFutureKey: false };
}
