/** Errors as plain data, so that they cross the wire and fill a translated sentence on the other side. */
import type { StudioError } from '../engine/studioError';
import type { Failure } from './protocol';

/** A `StudioError` keeps its code and detail; anything else becomes code `internal` with its own message. */
export function toFailure(error: unknown): Failure {
  if (isStudioError(error)) return { code: error.code, message: error.message, detail: { ...error.detail } };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'internal', message, detail: { message } };
}

/** By shape, not by class: the error may have been made on the other side of the wire. */
function isStudioError(error: unknown): error is StudioError {
  if (!(error instanceof Error)) return false;
  return 'code' in error && typeof error.code === 'string' && 'detail' in error && isRecord(error.detail);
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** What the client rejects with: a failure from the other side, with the fields of a `StudioError`. */
export class RemoteError extends Error implements StudioError {
  readonly code: string;
  readonly detail: Readonly<Record<string, string | number>>;
  constructor(failure: Failure) {
    super(failure.message);
    this.name = 'RemoteError';
    this.code = failure.code;
    this.detail = failure.detail;
  }
}
