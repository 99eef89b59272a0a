import { definePipeline } from '../../../src/graphs/pipeline-schema.ts';

export default [1, 2].map((records) =>
  definePipeline({
    name: `sweep-${records}`,
    plugins: ['./counting.ts'],
    params: { fail: { type: 'string', describe: 'Id of a record that fails.' } },
    steps: [{ op: 'count-up', with: { records } }, { op: 'stumble', with: { fail: '${params.fail}' } }, 'say-ids'],
  }),
);
