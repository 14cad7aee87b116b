/** What a translated query does otherwise than the statement says, each with a name under which comparisons and documents speak of it. */

export const differenceNames = {
  'average-of-integers': 'AVG of whole numbers is cut to a whole number',
  'mean-overflow': 'a mean is right where the sum of 32 bits, which ksqlDB keeps, wraps',
  'integer-division': 'whole numbers are divided with a fraction',
  'null-keys': 'rows with a null key are a group of their own',
  'emission-by-batch': 'results come once for each batch, not for each row',
  'emission-on-close': 'results come once, when a window closes',
  'no-withdrawal': 'a row that no longer passes HAVING is not withdrawn',
  'late-rows': 'which rows are too late is decided by another clock',
  'bad-records': 'a record that does not decode stops the job',
  'bad-fields': 'a field that does not decode is null, and its record is kept',
  characters: 'texts are counted in code points, not in UTF-16 units',
  'order-of-partitions': 'rows of several partitions meet in another order',
  'at-least-once': 'results may come twice after a failure',
  tombstones: 'a value is withdrawn before it is replaced',
  'null-logic':
    'what is computed of a null is null, where the statement compares it as false, prints it, or gives up the column',
  'decimal-division': 'a quotient of decimals is rounded, where the statement has none',
  'division-by-zero': 'a fraction divided by zero is null, not infinite',
} as const;

export type DifferenceName = keyof typeof differenceNames;

export interface Note {
  readonly name: DifferenceName;
  /** A sentence for this query and this engine. */
  readonly text: string;
  /** The query that it is about; absent: all of them. */
  readonly query?: string;
}
