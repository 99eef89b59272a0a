/**
 * A pipeline in TypeScript: what JSON cannot say is a loop. One transcription for each beam size, every one with a name
 * and a table of its own.
 *
 *     npx diglot run examples/sweep-beam-size.ts --recordings fixtures/audio/*.wav
 */
import { definePipeline } from 'diglot';

export default [1, 2, 5, 8].map((beamSize) =>
  definePipeline({
    name: `beam-${beamSize}`,
    summary: `Transcribes with ${beamSize} live hypotheses.`,
    params: {
      recordings: { type: 'path[]', required: true, describe: 'Audio files.' },
      model: { type: 'string', default: 'whisper-base-int8', short: 'm', describe: 'Whisper model.' },
    },
    steps: [
      { op: 'read-manifest', with: { paths: '${params.recordings}' } },
      'read-audio',
      'resample',
      'log-mel',
      { op: 'encode', with: { model: '${params.model}' } },
      {
        op: 'beam-search',
        from: { encoding: 'encode' },
        with: { model: '${params.model}', beamSize, temperature: [0] },
      },
      'simplify',
      { op: 'write-arrow', with: { path: `sweep/beam-${beamSize}.arrow` } },
    ],
  }),
);
