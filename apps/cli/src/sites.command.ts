import type { ListedCredential, Scope, Sites } from '@app/sites/sites';
import { CommandError } from './command-error';

/** Formats rows as a text table with aligned columns. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `cli sites create SITE` @throws CommandError when it exists */
export async function createSite(sites: Sites, site: string): Promise<string> {
  if (!(await sites.create(site))) throw new CommandError(`site ${site} already exists`);
  return `site ${site} created; next: credentials issue ${site}`;
}

/** `cli sites list` */
export async function listSites(sites: Sites): Promise<string> {
  const found = await sites.list();
  if (found.length === 0) return 'there are no sites';
  return table([['site', 'created'], ...found.map(({ site, createdAt }) => [site, createdAt])]);
}

export interface IssueOptions {
  scopes: readonly Scope[];
  label?: string;
  expires?: string;
  json?: boolean;
}

export const missingSite = (site: string): CommandError =>
  new CommandError(`site ${site} does not exist: run sites create ${site}, or sites list for all sites`);

/** `cli credentials issue SITE`: the secret is shown only once. @throws CommandError when the site does not exist */
export async function issueCredential(sites: Sites, site: string, options: IssueOptions): Promise<string> {
  if (!(await sites.exists(site))) throw missingSite(site);
  const { clientId, clientSecret, scopes, label, expiresAt } = await sites.issue(site, options.scopes, {
    label: options.label,
    expiresAt: options.expires,
  });
  const shown = { site, client_id: clientId, client_secret: clientSecret, scopes, label, expires_at: expiresAt };
  if (options.json === true) return JSON.stringify(shown);
  return [
    table([
      ['site', site],
      ['client_id', clientId],
      ['client_secret', clientSecret],
      ['scopes', scopes.join(', ')],
      ...(label === undefined ? [] : [['label', label]]),
      ['expires', expiresAt ?? 'never'],
    ]),
    'The secret is not stored and is not shown again.',
  ].join('\n');
}

const lineOf = ({ clientId, state, scopes, label = '', issuedAt, expiresAt = 'never' }: ListedCredential): string[] => [
  clientId,
  state,
  scopes.join(','),
  issuedAt,
  expiresAt,
  label,
];

/** `cli credentials list SITE` @throws CommandError when the site does not exist */
export async function listCredentials(sites: Sites, site: string): Promise<string> {
  const found = await sites.credentials(site);
  if (found === undefined) throw missingSite(site);
  if (found.length === 0) return `site ${site} has no credential`;
  return table([['client_id', 'state', 'scopes', 'issued', 'expires', 'label'], ...found.map(lineOf)]);
}

/** `cli credentials revoke SITE CLIENT_ID` @throws CommandError when the site has no such credential or it is already revoked */
export async function revokeCredential(sites: Sites, site: string, clientId: string): Promise<string> {
  if (!(await sites.revoke(site, clientId)))
    throw new CommandError(`site ${site} has no active credential ${clientId}: see credentials list ${site}`);
  return `${clientId} revoked: it gets no new tokens, and its tokens expire within 10 s`;
}
