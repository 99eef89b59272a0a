/**
 * What a client is told when its request cannot be served: a status, a code for programs, a sentence for people. The form
 * is OpenAI's, whose clients read it. Anything else that is thrown is a fault of the server: the client is told just that,
 * and the person who runs the server is told what it was.
 */
import type { FastifyError, FastifyReply } from 'fastify';

export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly status: number;
  /** Snake case, as OpenAI has them. */
  readonly code: string;
  /** The field of the form at fault; null where it is none. */
  readonly field: string | null;
  /** After which it may go; null where waiting does not help. */
  readonly retrySeconds: number | null;

  /** @param message A sentence that names what is wrong and the mend. */
  constructor(
    status: number,
    code: string,
    message: string,
    { field = null, retrySeconds = null }: { field?: string | null; retrySeconds?: number | null } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.field = field;
    this.retrySeconds = retrySeconds;
  }
}

/** The body of an answer that is an error. */
export function errorBody({ status, code, message, field }: RequestError): object {
  const type = status >= 500 ? 'server_error' : status === 429 ? 'rate_limit_error' : 'invalid_request_error';
  return { error: { message, type, param: field, code } };
}

/** What is told of anything that was thrown. @param note Receives what the client is not told. */
export function requestErrorOf(thrown: unknown, uploadBytes: number, note: (message: string) => void): RequestError {
  if (thrown instanceof RequestError) return thrown;
  const { code, statusCode } = thrown as Partial<FastifyError>;
  if (code === 'FST_REQ_FILE_TOO_LARGE') return tooLarge(uploadBytes);
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new RequestError(statusCode, 'bad_request', faults.get(code ?? '') ?? 'The request is not well formed.');
  }
  note(`a request failed: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`);
  return new RequestError(500, 'server_error', 'The server failed at this request; what went wrong stands in its log.');
}

const faults = new Map([
  ['FST_ERR_CTP_BODY_TOO_LARGE', 'No request but that of a recording has so large a body.'],
  ['FST_INVALID_MULTIPART_CONTENT_TYPE', 'Send the recording as multipart/form-data, in the field "file".'],
  ['FST_FILES_LIMIT', 'Send one recording in a request.'],
  ['FST_PARTS_LIMIT', 'The form has too many fields.'],
  ['FST_FIELDS_LIMIT', 'The form has too many fields.'],
]);

export function tooLarge(uploadBytes: number): RequestError {
  const limit = `${Math.floor(uploadBytes / 2 ** 20)} MB`;
  const message = `The recording is larger than the ${limit} that this server takes; send a compressed or shorter one.`;
  return new RequestError(413, 'file_too_large', message, { field: 'file' });
}

export function sendError(reply: FastifyReply, error: RequestError): FastifyReply {
  if (error.retrySeconds !== null) void reply.header('retry-after', String(error.retrySeconds));
  // What is left of the body would be read to its end before the next request of the connection.
  if (error.status === 413 || error.status === 429 || error.status === 408) void reply.header('connection', 'close');
  return reply.code(error.status).send(errorBody(error));
}
