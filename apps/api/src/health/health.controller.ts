import { Controller, Get, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../auth/access';
import { Readiness, type ReadinessReport } from './readiness';
import { Describe } from '../http/openapi/describe';

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /** Liveness: always 200 while the process runs. */
  @Get('live')
  @Describe({
    id: 'getLiveness',
    summary: 'Check that the process runs',
    answers: { 200: { description: 'The process runs', schema: 'Liveness' } },
  })
  @Public()
  live(): object {
    return { status: 'ok' };
  }

  /** Readiness: 200 when PUT and GET work, else 503 with the part that is not ready, the time and the reason. */
  @Get('ready')
  @Describe({
    id: 'getReadiness',
    summary: 'Check that PUT and GET work',
    answers: {
      200: { description: 'Both work', schema: 'Readiness' },
      503: { description: 'The part that is not ready, with time and reason', schema: 'Readiness' },
    },
  })
  @Public()
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<ReadinessReport> {
    const report = await this.readiness.report();
    void reply.status(report.status === 'ok' ? 200 : 503);
    return report;
  }
}
