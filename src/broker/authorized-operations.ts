/** Without an authorizer everybody may do everything: the bits of all operations that each kind of thing has (KIP-430). */

/** Bit n = operation n: 3 read, 4 write, 5 create, 6 delete, 7 alter, 8 describe, 9 cluster action, 10 describe configs, 11 alter configs, 12 idempotent write. */
export const authorizedOperations: Readonly<Record<'topic' | 'group' | 'cluster', number>> = {
  /** All but cluster action and idempotent write. */
  topic: bits(3, 4, 5, 6, 7, 8, 10, 11),
  group: bits(3, 6, 8, 10, 11),
  cluster: bits(5, 7, 8, 9, 10, 11, 12),
};

/** The answer to those who did not ask. */
export const noAuthorizedOperations: number = -(2 ** 31);

function bits(...operations: number[]): number {
  return operations.reduce((sum, operation) => sum | (1 << operation), 0);
}
