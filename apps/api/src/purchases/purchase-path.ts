import { normaliseIdentifier } from '@app/purchase/identifier-value';
import type { Target } from '@app/write-model/write-outcome';
import { IDENTIFIER_KINDS, type IdentifierKind } from '@app/purchase/purchase';
import { Problem } from '../http/problems/problem';
import { isUuid } from '../http/query/parameter';

const isKind = (text: string): text is IdentifierKind => (IDENTIFIER_KINDS as readonly string[]).includes(text);

const wrong = (property: string, message: string): Problem =>
  new Problem('invalid-parameter', message, { errors: [{ code: 'invalid-parameter', message, property }] });

/** Reads the id of a purchase, as returned in `Purchase-Id`. @throws Problem invalid-parameter */
export function readPurchaseId(text: string): string {
  if (!isUuid(text)) throw wrong('purchaseId', 'the id of a purchase is a UUID');
  return text.toLowerCase();
}

/** Reads the target of a path. @throws Problem invalid-parameter */
export function readPath(lookupBy: string, identifier: string): Target {
  if (!isKind(lookupBy)) throw wrong('lookupBy', `${lookupBy} is none of ${IDENTIFIER_KINDS.join(', ')}`);
  const normalised = normaliseIdentifier(lookupBy, identifier);
  if (!normalised.ok) throw wrong('identifier', `the ${lookupBy} identifier ${normalised.problem}`);
  return { lookupBy, identifier: normalised.value };
}
