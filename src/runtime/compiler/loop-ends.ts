/** Why a loop returned: the record at which it did needs the exact twin, another schema, or is behind `until`; or all were run. */
export const loopEnds = { done: 0, inexact: 1, schema: 2, ahead: 3 } as const;
