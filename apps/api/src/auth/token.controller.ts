import { Body, Controller, Headers, HttpCode, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Sites } from '@app/sites/sites';
import { Problem, type ProblemError } from '../http/problems/problem';
import { Public } from './access';
import { TOKEN_LIFETIME, Tokens } from './tokens';

interface TokenRequest {
  clientId: string;
  clientSecret: string;
}

const TOKEN_BODY_LIMIT = 4_096;
const MEMBERS = ['grant_type', 'client_id', 'client_secret'] as const;

/** @throws Problem unsupported-grant-type; invalid-body naming every wrong member */
function readTokenRequest(body: unknown): TokenRequest {
  const sent = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const { grant_type: grantType } = sent;
  if (typeof grantType === 'string' && grantType !== '' && grantType !== 'client_credentials')
    throw new Problem('unsupported-grant-type', 'the grant_type must be client_credentials', {
      errors: [
        { code: 'unsupported-grant-type', message: 'must be client_credentials', property: '/grant_type' },
        ...missingMembers(sent),
      ],
    });
  const errors = missingMembers(sent);
  if (errors.length > 0)
    throw new Problem('invalid-body', 'a token request needs grant_type, client_id and client_secret', { errors });
  return { clientId: String(sent.client_id), clientSecret: String(sent.client_secret) };
}

const missingMembers = (sent: Record<string, unknown>): ProblemError[] =>
  MEMBERS.flatMap((name) => {
    const property = `/${name}`;
    if (sent[name] === undefined || sent[name] === null || sent[name] === '')
      return [{ code: 'required', message: `${name} is missing`, property }];
    return typeof sent[name] === 'string'
      ? []
      : [{ code: 'wrong-type', message: `${name} must be a string`, property }];
  });

@ApiTags('auth')
@Controller('api/auth')
export class TokenController {
  constructor(
    private readonly sites: Sites,
    private readonly tokens: Tokens,
  ) {}

  /** An access token for a client of a site. Which of site, client and secret is wrong is not said. */
  @Post('token')
  @HttpCode(200)
  @Public({ bodyLimit: TOKEN_BODY_LIMIT, isTokenCall: true })
  async token(@Headers('site-id') site: string | undefined, @Body() body: unknown): Promise<object> {
    if (!site) throw new Problem('missing-site', 'name the site in the Site-Id header');
    const { clientId, clientSecret } = readTokenRequest(body);
    const credential = await this.sites.authenticate(site, clientId, clientSecret);
    if (credential === undefined) throw new Problem('invalid-client', 'no such client, or another secret');
    return { token_type: 'bearer', expires_in: TOKEN_LIFETIME, access_token: this.tokens.issue(site, credential) };
  }
}
