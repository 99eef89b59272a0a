/**
 * Where the audio of a record lies, as an utterance that `read-audio` takes: what was decoded long ago may so be heard
 * again. Paths are those of the record, relative to the working folder of the run that made it.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { RecordError } from '../errors.ts';
import { defineOperator } from './define-operator.ts';

export const locateAudio = defineOperator(
  {
    name: 'locate-audio',
    summary: 'Gives the utterance that a hypothesis was made of, so that its audio can be read again.',
    shape: 'each',
    input: 'hypothesis',
    output: 'utterance',
    incidental: ['root'],
    options: z.strictObject({
      root: z
        .string()
        .min(1)
        .nullable()
        .default(null)
        .describe('Folder that relative paths start from; null is the working folder.'),
    }),
    checkpoint: 'stateless',
  },
  ({ root }) =>
    ({ id, origin, language }) => {
      const { path, start, duration, reference, speaker } = origin;
      if (!(duration > 0)) throw new RecordError('no-audio', `${id} has no audio: its length is ${duration} s.`);
      const place = root === null || path.startsWith('/') ? path : join(root, path);
      return { kind: 'utterance', id, path: place, start, duration, reference, language, speaker };
    },
);
