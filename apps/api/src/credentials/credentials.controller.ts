import { Body, Controller, Delete, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiTags } from '@nestjs/swagger';
import {
  type ChangedBy,
  type IssuedCredential,
  type ListedCredential,
  SCOPES,
  Sites,
  TooManyCredentials,
} from '@app/sites/sites';
import { Needs } from '../auth/access';
import type { AuthenticatedRequest } from '../auth/authenticate';
import { Problem } from '../http/problems/problem';
import { Describe } from '../http/openapi/describe';
import { readNewCredential, readRotation } from './credential-body';

const BODY_LIMIT = 4_096;

const byCaller = ({ caller, id }: AuthenticatedRequest): ChangedBy => ({ actor: caller.clientId, requestId: id });

const unknown = (): Problem => new Problem('not-found', 'the site has no such credential');

function viewListed({ clientId, scopes, label, ...times }: ListedCredential): object {
  return {
    client_id: clientId,
    state: times.state,
    scopes,
    label,
    issued_at: times.issuedAt,
    expires_at: times.expiresAt,
    revoked_at: times.revokedAt,
    previous_secret_until: times.previousSecretUntil,
    last_used_on: times.lastUsedOn,
  };
}

const viewIssued = ({ clientId, clientSecret, scopes, label, expiresAt }: IssuedCredential): object => ({
  client_id: clientId,
  client_secret: clientSecret,
  scopes,
  label,
  expires_at: expiresAt,
});

/** Manages the credentials of the caller's own site. */
@ApiTags('credentials')
@ApiBearerAuth()
@ApiHeader({ name: 'Site-Id', required: true })
@Controller('api/v1/credentials')
export class CredentialsController {
  constructor(private readonly sites: Sites) {}

  @Get()
  @Describe({
    id: 'listCredentials',
    summary: 'List the credentials of the site, including revoked and expired ones',
    answers: { 200: { description: 'The credentials', schema: 'Credential', isList: true } },
  })
  @Needs('operate')
  async list(@Req() { caller }: AuthenticatedRequest): Promise<object[]> {
    return ((await this.sites.credentials(caller.site)) ?? []).map(viewListed);
  }

  @Get(':clientId')
  @Describe({
    id: 'getCredential',
    summary: 'Get a credential of the site',
    answers: { 200: { description: 'The credential', schema: 'Credential' } },
    problems: ['not-found'],
  })
  @Needs('operate')
  async get(@Param('clientId') clientId: string, @Req() { caller }: AuthenticatedRequest): Promise<object> {
    const found = (await this.sites.credentials(caller.site))?.find((each) => each.clientId === clientId);
    if (found === undefined) throw unknown();
    return viewListed(found);
  }

  @Post()
  @Needs('operate', { bodyLimit: BODY_LIMIT })
  @Describe({
    id: 'issueCredential',
    summary: 'Issue a credential',
    description: 'The response contains the secret, which is never shown again.',
    body: 'CredentialBody',
    answers: { 201: { description: 'Issued', schema: 'IssuedCredential' } },
    problems: ['too-many-credentials'],
  })
  async issue(@Body() body: unknown, @Req() request: AuthenticatedRequest): Promise<object> {
    const { scopes = SCOPES, ...options } = readNewCredential(body);
    try {
      return viewIssued(await this.sites.issue(request.caller.site, scopes, { ...options, by: byCaller(request) }));
    } catch (error) {
      throw error instanceof TooManyCredentials ? new Problem('too-many-credentials', error.message) : error;
    }
  }

  @Post(':clientId/rotation')
  @Needs('operate', { bodyLimit: BODY_LIMIT })
  @HttpCode(200)
  @Describe({
    id: 'rotateCredential',
    summary: 'Rotate the secret of a credential',
    description:
      'The response contains the new secret, which is never shown again. The previous secret stays valid for `grace_seconds`. Tokens issued before become invalid within 10 s.',
    body: 'RotationBody',
    answers: { 200: { description: 'Rotated', schema: 'IssuedCredential' } },
    problems: ['not-found'],
  })
  async rotate(
    @Param('clientId') clientId: string,
    @Body() body: unknown,
    @Req() request: AuthenticatedRequest,
  ): Promise<object> {
    const graceSeconds = readRotation(body);
    const rotated = await this.sites.rotate(request.caller.site, clientId, { graceSeconds, by: byCaller(request) });
    if (rotated === undefined) throw unknown();
    return viewIssued(rotated);
  }

  @Delete(':clientId')
  @Describe({
    id: 'revokeCredential',
    summary: 'Revoke a credential; its tokens become invalid within 10 s',
    answers: { 204: { description: 'Revoked' } },
    problems: ['not-found'],
  })
  @Needs('operate')
  @HttpCode(204)
  async revoke(@Param('clientId') clientId: string, @Req() request: AuthenticatedRequest): Promise<void> {
    if (!(await this.sites.revoke(request.caller.site, clientId, byCaller(request)))) throw unknown();
  }
}
