import type { FastifyRequest } from 'fastify';
import type { Scope, Sites } from '@app/sites/sites';
import { Problem } from '../http/problems/problem';
import type { Caller, Tokens } from './tokens';

export type AuthenticatedRequest = FastifyRequest & { caller: Caller };

/**
 * Authenticates a request by its headers: a token for the named site, of a valid credential, with the scope that the route requires.
 * @throws Problem missing-token, invalid-token, expired-token, missing-site, foreign-site, missing-scope; EventStoreUnavailable when the credentials
 * of the site have never been read
 */
export async function authenticate(
  { headers }: FastifyRequest,
  scope: Scope,
  { tokens, sites }: { tokens: Tokens; sites: Sites },
): Promise<Caller> {
  const [, token] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  if (token === undefined) throw new Problem('missing-token', 'send Authorization: Bearer …');
  const caller = tokens.verify(token);
  const site = headers['site-id'];
  if (typeof site !== 'string' || site === '') throw new Problem('missing-site', 'name the site in the Site-Id header');
  if (site !== caller.site) throw new Problem('foreign-site', 'the token is for another site');
  await checkCredential(caller, sites);
  if (!caller.scopes.includes(scope)) throw new Problem('missing-scope', `this needs the scope ${scope}`);
  return caller;
}

/** False when the credential of a caller was revoked or rotated, or has expired. @throws EventStoreUnavailable when it has never been read */
export async function hasValidCredential({ site, clientId, revision }: Caller, sites: Sites): Promise<boolean> {
  return (await sites.find(site, clientId))?.revision === revision;
}

/** For each step of a call that can last longer than a credential. @throws Problem invalid-token; the errors of hasValidCredential */
export async function checkCredential(caller: Caller, sites: Sites): Promise<void> {
  if (!(await hasValidCredential(caller, sites)))
    throw new Problem('invalid-token', 'the credential of the token is not valid any more');
}
