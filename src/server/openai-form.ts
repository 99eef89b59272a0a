/**
 * The form that OpenAI's clients send to `/v1/audio/transcriptions`, and the parameters of `pipelines/transcribe.json`
 * that it stands for. Fields that only other models of OpenAI's know are refused by name: to pass over them would give
 * another result than was asked for.
 */
import { z } from 'zod';
import { languageCode } from '../whisper/languages.ts';
import { RequestError } from './request-error.ts';

export const responseFormats = ['json', 'text', 'srt', 'vtt', 'verbose_json'] as const;

const fields = z.strictObject({
  model: z.string(),
  language: z
    .string()
    .optional()
    .transform((text) => text?.split(',').map((each) => each.trim())),
  prompt: z.string().max(10_000).optional(),
  response_format: z.enum(responseFormats).default('json'),
  temperature: z.coerce.number().min(0).max(1).default(0),
  timestamp_granularities: z.array(z.enum(['word', 'segment'])).default(['segment']),
  /** Clients send `false` by itself. Whisper's models answer whole, as OpenAI's own does, whatever is asked. */
  stream: z.enum(['true', 'false']).optional(),
});

export type TranscriptionRequest = z.output<typeof fields>;

/**
 * @param form Field by field, in the order in which they came; `name[]` may come again and again.
 * @throws RequestError 400 naming the field and what it may be.
 */
export function readForm(form: readonly (readonly [name: string, value: string])[]): TranscriptionRequest {
  const given: Record<string, string | string[]> = {};
  for (const [name, value] of form) {
    const plain = name.replace(/\[\d*\]$/, '');
    if (plain !== 'timestamp_granularities') given[plain] = value;
    else given[plain] = [...(given[plain] ?? []), value];
  }
  const parsed = fields.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
    const field = unknown ?? String(issue?.path[0] ?? 'form');
    const message =
      unknown === undefined
        ? `${field}: ${issue?.message ?? 'not understood'}.`
        : `There is no field "${unknown}" here.`;
    throw new RequestError(400, 'invalid_field', message, { field });
  }
  const unknown = parsed.data.language?.find((each) => languageCode(each) === null);
  if (unknown !== undefined) {
    const message = `language: ${JSON.stringify(unknown)} is none that the model knows; give a code such as zh, or zh,en to choose between.`;
    throw new RequestError(400, 'invalid_field', message, { field: 'language' });
  }
  return parsed.data;
}

/** By name of the parameter, as `loadPipelines` takes them. */
export function pipelineParameters(request: TranscriptionRequest): Record<string, string> {
  const { language, prompt, temperature, timestamp_granularities: granularities, response_format: format } = request;
  return {
    ...(language === undefined ? {} : { language: JSON.stringify(language) }),
    ...(prompt === undefined || prompt === '' ? {} : { initialPrompt: prompt }),
    // 0 stands for the usual ladder of temperatures, as in OpenAI's.
    ...(temperature === 0 ? {} : { temperature: JSON.stringify([temperature]) }),
    wordTimestamps: String(format === 'verbose_json' && granularities.includes('word')),
  };
}
