/** Waiting in tests: for a while, or until something is so. */

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Repeats until it does not throw; gives up after half a minute with the last reason. */
export async function eventually(action: () => Promise<unknown>): Promise<void> {
  for (let left = 600; ; left--) {
    try {
      await action();
      return;
    } catch (error) {
      if (left === 0) throw error;
      await pause(50);
    }
  }
}
