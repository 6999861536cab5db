import type { Pool } from 'pg';
import type { EventStore } from '@app/event-store/event-store';
import { rebuild, type RebuildOptions, type RebuildReport } from '../rebuild/rebuild';
import { verify, type VerifyOptions, type VerifyReport } from './verify';

export type RebuildOperation = Pick<RebuildOptions, 'signal' | 'onProgress'>;
export type VerifyOperation = Omit<VerifyOptions, 'pool' | 'eventStore' | 'gentle'>;

/** The long operations on the read model that a process runs beside the calls that it serves. */
export interface Operations {
  /** @throws RebuildRefused */
  rebuild(options: RebuildOperation): Promise<RebuildReport>;
  verify(options: VerifyOperation): Promise<VerifyReport>;
}

/** Runs the operations in this thread, gently. @param threads further threads of a rebuild, see RebuildOptions */
export const operationsHere = (pool: Pool, eventStore: EventStore, threads = 0): Operations => ({
  rebuild: (options) => rebuild({ pool, eventStore, threads, gentle: true, ...options }),
  verify: (options) => verify({ pool, eventStore, gentle: true, ...options }),
});
