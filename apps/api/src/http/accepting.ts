/** Matches an Accept header that names a media type, not with the quality 0, which refuses it (RFC 9110, 12.4.2). */
export const accepting = (type: string): RegExp =>
  new RegExp(`\\b${type}\\b(?!\\s*;\\s*q=0(?:\\.0*)?\\s*(?:,|$))`, 'i');
