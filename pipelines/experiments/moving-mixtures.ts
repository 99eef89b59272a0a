/**
 * The mixture with weights that move with the tokens: by the sound that each token attends to, or by a forward recursion.
 */
import { experiment, weighedBy } from './systems.ts';

export default experiment('moving-mixtures', {
  'mixture-acoustic': weighedBy('acoustic'),
  'mixture-forward': weighedBy('forward'),
});
