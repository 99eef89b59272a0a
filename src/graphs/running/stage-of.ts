/** The engine's side of the four shapes. */
import type { Running } from '../../operators/define-operator.ts';
import type { AnyRecord } from '../../records.ts';
import { eachStage } from './each.ts';
import { expandStage } from './expand.ts';
import { gatherStage } from './gather.ts';
import type { RunningNode, Stage } from './running-node.ts';
import { sessionStage } from './session.ts';

type Behaviours = Running<unknown, AnyRecord>;

/** @param behaviour At work, of the shape that the node's description says. */
export function stageOf(node: RunningNode, behaviour: unknown): Stage {
  switch (node.planned.operator.description.shape) {
    case 'each':
      return eachStage(node, behaviour as Behaviours['each']);
    case 'expand':
      return expandStage(node, behaviour as Behaviours['expand']);
    case 'gather':
      return gatherStage(node, behaviour as Behaviours['gather']);
    case 'session':
      return sessionStage(node, behaviour as Behaviours['session']);
  }
}
