/** Fields of a `config.json`, read with their checks. Each throws a StudioError `config-invalid` that names the field. */
import { StudioError, shown } from '../studioError';

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A whole number above 0. */
export function size(json: Json, field: string, preset?: number): number {
  const value = json[field] ?? preset;
  if (value === undefined) throw refuse(field, 'it is missing');
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw refuse(field, `it must be a whole number above 0, but it is ${shown(value)}`);
}

export function positive(json: Json, field: string, preset?: number): number {
  const value = json[field] ?? preset;
  if (value === undefined) throw refuse(field, 'it is missing');
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw refuse(field, `it must be a number above 0, but it is ${shown(value)}`);
}

export function flag(json: Json, field: string): boolean {
  const value = json[field] ?? false;
  if (typeof value === 'boolean') return value;
  throw refuse(field, `it must be true or false, but it is ${shown(value)}`);
}

export function refuse(field: string, reason: string): StudioError {
  return new StudioError('config-invalid', `config.json cannot be used because of "${field}": ${reason}.`, {
    field,
    reason,
  });
}
