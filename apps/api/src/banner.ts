import type { DemoSite } from './demo-site';

/** A shell command that gets a token and creates an order with curl. */
function demoCommand({ url, site, client_id, client_secret }: DemoSite): string {
  const token = `$(curl -s ${url}/api/auth/token -H 'Site-Id: ${site}' -H 'Content-Type: application/json' -d '{"grant_type":"client_credentials","client_id":"${client_id}","client_secret":"${client_secret}"}' | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`;
  const order = `{"type":"order","currency_code":"GBP","packages":[{"type":"processing","line_items":[{"name_parent":"WHITE METAL LANTERN","quantity":6,"line_total":{"total_net":{"number":"20.34","currency":"GBP"}}}]}]}`;
  return `curl -s -X PUT ${url}/api/v1/purchases/internal/ERP-1 -H 'Site-Id: ${site}' -H "Authorization: Bearer ${token}" -H 'Content-Type: application/json' -d '${order}'`;
}

/** Start message of a service without a demo site. */
export const withoutDemoSite = (url: string): string =>
  [
    `listening on ${url}`,
    'credentials: npm run cli -- sites create SITE, then npm run cli -- credentials issue SITE',
  ].join('\n');

/** Start message of a service with a demo site. `code` is a single-use code that signs in to the console. */
export function banner(demo: DemoSite, dataDir: string, code: string | undefined): string {
  const link = code === undefined ? demo.url : `${demo.url}/#site=${demo.site}&code=${code}`;
  return [
    '',
    `  Purchasing service    ${demo.url}`,
    `  Console               ${link}`,
    '                        (signs in once, within 15 minutes)',
    '',
    `  site           ${demo.site}`,
    `  client_id      ${demo.client_id}`,
    `  client_secret  ${demo.client_secret}`,
    `  data           ${dataDir}`,
    '',
    '  Try it, in another shell:',
    '',
    `  ${demoCommand(demo)}`,
    '',
    '  Another credential: npm run cli -- credentials issue SITE',
    '  Ctrl-C stops everything.',
    '',
  ].join('\n');
}
