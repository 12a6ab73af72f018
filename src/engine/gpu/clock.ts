/** Time as kernels are measured and waited for; tests bring their own. */

export interface Clock {
  /** Milliseconds since some moment. */
  now(): number;
  /** Whether `work` is over before so many milliseconds have passed: it is not waited for any longer. Rejects as `work` does by then. */
  within(work: Promise<unknown>, milliseconds: number): Promise<boolean>;
}

export const wallClock: Clock = {
  now: () => performance.now(),
  within: async (work, milliseconds) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), milliseconds);
    });
    try {
      return await Promise.race([work.then(() => true), late]);
    } finally {
      clearTimeout(timer);
    }
  },
};

/** The same, and whatever is waited for is waited for to its end. */
export function patient(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    within: async (work) => {
      await work;
      return true;
    },
  };
}
