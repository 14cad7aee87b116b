/** What is needed to make batches for {@link Producer.produceBatch} by oneself: for those who write many records and know their partitions. */
export { RecordBatchBuilder } from '../wire/record-batch-builder.ts';
export { partitionOfKey } from '../wire/murmur2.ts';
