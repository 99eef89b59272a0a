/** Keeps a calibrator from being surer than it deserves: no language is given less than a floor. */

/**
 * The nearest distribution (in relative entropy) that gives every language at least `floor`: what lies below is raised to
 * it, and the rest shares out what is left in its own proportions. For two languages this clips to [floor, 1 - floor].
 * From one over their number on all languages are equal.
 */
export function withFloor(probabilities: ArrayLike<number>, floor: number): Float64Array {
  const raised = Float64Array.from(probabilities);
  const least = Math.min(floor, 1 / raised.length);
  const order = [...raised.keys()].sort((a, b) => raised[a]! - raised[b]!);
  let rest = raised.reduce((sum, probability) => sum + probability, 0);
  let room = 1;
  order.forEach((index, place) => {
    const probability = raised[index]!;
    const share = rest > 0 ? (probability / rest) * room : room / (order.length - place);
    raised[index] = Math.max(share, least);
    rest -= probability;
    room -= raised[index];
  });
  return raised;
}
