import { Body, Controller, Headers, HttpCode, Post } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import { Sites } from '@app/sites/sites';
import { Problem, type ProblemError } from '../http/problems/problem';
import { Public } from './access';
import { OneTimeCodes } from './one-time-codes';
import { TOKEN_LIFETIME, Tokens } from './tokens';
import { Describe } from '../http/openapi/describe';

type TokenRequest =
  | { grantType: 'client_credentials'; clientId: string; clientSecret: string }
  | { grantType: 'one_time_code'; code: string };

const TOKEN_BODY_LIMIT = 4_096;
/** The required members of a request by grant type. `one_time_code` is used by the console link in the start-up banner. */
const MEMBERS = {
  client_credentials: ['grant_type', 'client_id', 'client_secret'],
  one_time_code: ['grant_type', 'code'],
} as const;
type GrantType = keyof typeof MEMBERS;

const isGrantType = (value: unknown): value is GrantType => typeof value === 'string' && Object.hasOwn(MEMBERS, value);

/** @throws Problem unsupported-grant-type; invalid-body with an error for each invalid member */
function readTokenRequest(body: unknown): TokenRequest {
  const sent = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const { grant_type: grantType } = sent;
  if (typeof grantType === 'string' && grantType !== '' && !isGrantType(grantType))
    throw new Problem('unsupported-grant-type', 'the grant_type must be client_credentials', {
      errors: [
        { code: 'unsupported-grant-type', message: 'must be client_credentials', property: '/grant_type' },
        ...missingMembers(sent, 'client_credentials'),
      ],
    });
  const errors = missingMembers(sent, isGrantType(grantType) ? grantType : 'client_credentials');
  if (errors.length > 0)
    throw new Problem('invalid-body', 'a token request needs grant_type, client_id and client_secret', { errors });
  if (grantType === 'one_time_code') return { grantType, code: String(sent.code) };
  return {
    grantType: 'client_credentials',
    clientId: String(sent.client_id),
    clientSecret: String(sent.client_secret),
  };
}

const missingMembers = (sent: Record<string, unknown>, grantType: GrantType): ProblemError[] =>
  MEMBERS[grantType].flatMap((name) => {
    const property = `/${name}`;
    if (sent[name] === undefined || sent[name] === null || sent[name] === '')
      return [{ code: 'required', message: `${name} is missing`, property }];
    return typeof sent[name] === 'string'
      ? []
      : [{ code: 'wrong-type', message: `${name} must be a string`, property }];
  });

const INVALID: Record<GrantType, string> = {
  client_credentials: 'no such client, or another secret',
  one_time_code: 'the code is unknown, expired or was used before',
};

@ApiTags('auth')
@Controller('api/auth')
export class TokenController {
  constructor(
    private readonly sites: Sites,
    private readonly tokens: Tokens,
    private readonly codes: OneTimeCodes,
  ) {}

  @Post('token')
  @HttpCode(200)
  @ApiHeader({ name: 'Site-Id', required: true, description: 'The site that the client belongs to' })
  @Describe({
    id: 'createToken',
    summary: 'Get an access token',
    description: 'For a client of a site. The response does not disclose which of site, client and secret is wrong.',
    body: 'TokenRequest',
    answers: { 200: { description: 'The token', schema: 'Token' } },
    problems: ['missing-site', 'unsupported-grant-type', 'invalid-client', 'too-many-requests', 'store-unavailable'],
  })
  @Public({ bodyLimit: TOKEN_BODY_LIMIT, isTokenCall: true })
  async token(@Headers('site-id') site: string | undefined, @Body() body: unknown): Promise<object> {
    if (!site) throw new Problem('missing-site', 'name the site in the Site-Id header');
    const sent = readTokenRequest(body);
    const credential =
      sent.grantType === 'one_time_code'
        ? this.codes.redeem(site, sent.code)
        : await this.sites.authenticate(site, sent.clientId, sent.clientSecret);
    if (credential === undefined) throw new Problem('invalid-client', INVALID[sent.grantType]);
    return { token_type: 'bearer', expires_in: TOKEN_LIFETIME, access_token: this.tokens.issue(site, credential) };
  }
}
