/** `/v1/audio/transcriptions` and `/v1/models` as OpenAI has them, and the transcripts that can be fetched afterwards. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { languageName } from '../whisper/languages.ts';
import { transcriptOf } from '../tables/text/transcript.ts';
import { downloadForms, type DownloadForm } from './messages.ts';
import { inForm } from './kept-transcripts.ts';
import { pipelineParameters, readForm, type TranscriptionRequest } from './openai-form.ts';
import { withUpload, type Upload } from './receive-upload.ts';
import { RequestError } from './request-error.ts';
import type { Services } from './services.ts';
import { spokenWords } from './spoken-words.ts';
import { transcribeRecording, type Recognised } from './transcribe-recording.ts';

/** What clients that were written for OpenAI's server call its model. */
const OPENAI_NAME = 'whisper-1';

export function openaiRoutes(app: FastifyInstance, services: Services): void {
  const { options, kept, places, metrics } = services;
  const models = [options.model, OPENAI_NAME];

  app.get('/v1/models', () => ({ object: 'list', data: models.map(modelOf) }));

  app.get<{ Params: { model: string } }>('/v1/models/:model', ({ params }) => modelOf(known(params.model)));

  app.post('/v1/audio/transcriptions', async (request, reply) => {
    const gone = new AbortController();
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) gone.abort(new RequestError(499, 'client_gone', 'The client has left.'));
    });
    if (places.waiting >= options.limits.waitingUploads) throw busy();
    return withUpload(request, options.limits, async (upload) => {
      const wanted = readForm(upload.fields);
      known(wanted.model);
      request.raw.socket.setTimeout(0); // it is for us now to say something
      const leave = await places.take(gone.signal);
      if (leave === null) throw busy();
      try {
        const recognised = await transcribeRecording(upload, pipelineParameters(wanted), options, gone.signal);
        metrics.audio(recognised.hypothesis.origin.duration, 'upload');
        return answer(reply, wanted, recognised, upload);
      } finally {
        leave();
      }
    });
  });

  app.get<{ Params: { name: string } }>('/v1/transcripts/:name', async ({ params }, reply) => {
    const [, name = '', form = ''] = /^([^.]*)\.(.*)$/.exec(params.name) ?? [];
    const found = kept.find(name);
    if (found === null || !downloadForms.some((each) => each === form)) {
      throw new RequestError(404, 'no_transcript', 'There is no such transcript, or not any more.');
    }
    const { type, body } = inForm(found, form as DownloadForm);
    return reply.type(type).header('content-disposition', `attachment; filename="transcript.${form}"`).send(body);
  });

  function known(model: string): string {
    if (models.includes(model)) return model;
    const message = `The model ${JSON.stringify(model)} is not served here; there are ${models.join(' and ')}.`;
    throw new RequestError(404, 'model_not_found', message, { field: 'model' });
  }

  function answer(
    reply: FastifyReply,
    { response_format: format, timestamp_granularities: granularities }: TranscriptionRequest,
    { hypothesis, arrow }: Recognised,
    { name }: Upload,
  ): unknown {
    const transcript = { ...transcriptOf([hypothesis]), path: name };
    const { duration } = hypothesis.origin;
    const usage = { type: 'duration', seconds: Math.ceil(duration) };
    const text = hypothesis.text.trim();
    if (format === 'text') return reply.type('text/plain; charset=utf-8').send(`${text}\n`);
    if (format === 'json') return { text, usage };
    if (format !== 'verbose_json') {
      const { type, body } = inForm({ transcript, arrow }, format);
      return reply.type(type).send(body);
    }
    const fields = JSON.parse(inForm({ transcript, arrow }, 'json').body.toString()) as { segments: object[] };
    return {
      task: 'transcribe',
      language: languageName(hypothesis.language),
      duration,
      text,
      ...(granularities.includes('word') && {
        words: spokenWords(hypothesis).map((word) => ({ ...word, text: word.word, word: word.word.trim() })),
      }),
      ...(granularities.includes('segment') && { segments: fields.segments }),
      usage,
      // What OpenAI's has not.
      languages: hypothesis.languages,
      language_spans: hypothesis.languageSpans,
      transcript: kept.keep({ transcript, arrow }),
    };
  }
}

function modelOf(id: string): object {
  return { id, object: 'model', created: 0, owned_by: 'diglot' };
}

function busy(): RequestError {
  const message = 'As many recordings as this server takes are being recognised or wait for it; try again later.';
  return new RequestError(429, 'server_busy', message, { retrySeconds: 5 });
}
