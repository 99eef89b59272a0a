/**
 * The way back from `segment`: the hypotheses of the pieces of a recording become one, under the recording's id, as a
 * reference of the whole wants it. What `segment` did not cut passes as it is.
 *
 * A piece's lease closes when it was taken over, and the last piece's passes on to the whole. So a recording of a thousand
 * pieces needs no thousand leases, and its own stays open until the whole was written. A recording of which a piece failed
 * gives nothing, with a line to say so: what was not heard there would count as deleted.
 */
import { z } from 'zod';
import type { Hypothesis } from '../records.ts';
import { wholeRecording } from '../tables/text/whole-recording.ts';
import { defineOperator } from './define-operator.ts';

export const joinPieces = defineOperator(
  {
    name: 'join-pieces',
    summary: 'Joins the hypotheses of the pieces that segment cut into one for each recording.',
    shape: 'gather',
    input: 'hypothesis',
    output: 'hypothesis',
    options: z.strictObject({}),
    absorbs: true,
    checkpoint: 'no',
  },
  (_options, context) => {
    const waiting = new Map<string, [Hypothesis, ...Hypothesis[]]>();
    return {
      add(hypothesis) {
        const { piece } = hypothesis.origin;
        if (piece === null) return [{ record: hypothesis, from: [hypothesis] }];
        const pieces: [Hypothesis, ...Hypothesis[]] = [hypothesis, ...(waiting.get(piece.recording) ?? [])];
        if (pieces.length < piece.count) {
          waiting.set(piece.recording, pieces);
          return [{ record: null, from: [hypothesis] }];
        }
        waiting.delete(piece.recording);
        return [{ record: wholeRecording(pieces), from: [hypothesis] }];
      },
      flush() {
        for (const [recording, [{ origin }, ...others]] of waiting) {
          context.note(
            `join-pieces: ${recording} is left out; ${others.length + 1} of its ${origin.piece?.count ?? 0} pieces were recognised`,
          );
        }
        waiting.clear();
        return [];
      },
    };
  },
);
