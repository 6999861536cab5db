import { parseBoundedJson } from './bounded-json';

/** Size in bytes above which a body is handled by the write thread. */
export const HEAVY_BODY_BYTES = 16_384;

/** A body that the handler parses, possibly in another thread, or that it need not parse. */
export class UnparsedJson {
  constructor(readonly bytes: Uint8Array) {}
}

/** A JSON body as a parsed value or as bytes; with `member`, the body is that member of the value. Plain data, which can be sent to a thread. */
export type JsonBody = { readonly value: unknown } | { readonly bytes: Uint8Array; readonly member?: string };

/** True for a body that is handled by the write thread. */
export const isHeavy = (body: JsonBody): boolean => 'bytes' in body && body.bytes.length > HEAVY_BODY_BYTES;

export const toJsonBody = (body: unknown): JsonBody =>
  body instanceof UnparsedJson ? { bytes: body.bytes } : { value: body };

/** @throws Problem malformed-json, invalid-body */
export function valueOf(body: JsonBody): unknown {
  if ('value' in body) return body.value;
  const { buffer, byteOffset, byteLength } = body.bytes;
  const value = parseBoundedJson(Buffer.from(buffer, byteOffset, byteLength));
  return body.member === undefined ? value : (value as Record<string, unknown>)[body.member];
}
