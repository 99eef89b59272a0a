/** Time, so that tests can hold it in their hands. */
export interface Clock {
  /** Seconds since any fixed moment. */
  now(): number;
  /** Calls back once after `seconds`; gives what cancels it. */
  after(seconds: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now() / 1000,
  after: (seconds, callback) => {
    const timer = setTimeout(callback, seconds * 1000);
    return () => clearTimeout(timer);
  },
};
