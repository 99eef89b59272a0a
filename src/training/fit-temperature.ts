/** Temperature scaling (Guo et al. 2017): one number that makes held-out data most probable. */

/** Natural logs of the least and the greatest temperature that is tried. */
const range = [Math.log(0.1), Math.log(10)] as const;
const rounds = 14;

/**
 * The least of a function of one minimum, over log T, by golden sections (Kiefer 1953): to within half a percent.
 * @param nll Mean -log q of the true class at a temperature.
 */
export async function fitTemperature(nll: (temperature: number) => number | Promise<number>): Promise<number> {
  const golden = (Math.sqrt(5) - 1) / 2;
  const at = async (log: number) => ({ log, value: await nll(Math.exp(log)) });
  let [low, high]: [number, number] = [...range];
  let left = await at(high - golden * (high - low));
  let right = await at(low + golden * (high - low));
  for (let round = 0; round < rounds; round++) {
    if (left.value <= right.value) {
      high = right.log;
      right = left;
      left = await at(high - golden * (high - low));
    } else {
      low = left.log;
      left = right;
      right = await at(low + golden * (high - low));
    }
  }
  return Math.exp((low + high) / 2);
}
