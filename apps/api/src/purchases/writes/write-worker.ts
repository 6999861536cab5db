import { parentPort, workerData } from 'node:worker_threads';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { PastStates } from '@app/read-models/past/past-states';
import { UsdRates } from '@app/sites/usd-rates';
import { purchaseStream } from '@app/stored-events/streams';
import { observeAppends } from '@app/telemetry/observe-appends';
import type { LoadedPurchase } from '@app/write-model/loaded-purchase';
import { PurchaseCache } from '@app/write-model/purchase-cache';
import { PurchaseRepository } from '@app/write-model/purchase-repository';
import { PurchaseWriter } from '@app/write-model/purchase-writer';
import { WriteDeadlineExceeded } from '@app/write-model/write-deadline';
import { Problem } from '../../http/problems/problem';
import { toProblem } from '../../http/problems/problem.filter';
import { executeWrite } from './execute-write';
import { READY, STOP, type ThreadCall, type ThreadReply, type WriteThreadData } from './write-thread';

/** A write starts no call to the event store after this time. */
const WRITE_TIMEOUT_MS = 25_000;

/** The parts of the error of a call. Calls run one at a time, so a deadline passes by the work of this call or by waiting for the event store. */
function replyOf(error: unknown): ThreadReply {
  const isTooSlow = error instanceof WriteDeadlineExceeded && error.waitedMs < WRITE_TIMEOUT_MS / 2;
  const problem = isTooSlow
    ? new Problem('purchase-too-large', `its changes take more than ${WRITE_TIMEOUT_MS / 1_000} s to compute`)
    : toProblem(error);
  if (problem.status !== 500) return { problem: [problem.code, problem.detail, problem.options] };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { error: { message, stack } };
}

/** The entry point of the write thread. On request it ends after the current call. */
function main(): void {
  const { eventStoreUrl, cacheBytes, isObserved } = workerData as WriteThreadData;
  const port = parentPort;
  if (port === null) throw new Error('this file runs as a worker thread');
  const connected = connectEventStoreDb(eventStoreUrl);
  const eventStore = observeAppends(connected, isObserved ? [(append) => port.postMessage({ append })] : []);
  const cache = new PurchaseCache(cacheBytes);
  const writer = new PurchaseWriter(eventStore, { cache, writeTimeoutMs: WRITE_TIMEOUT_MS });
  const repository = new PurchaseRepository(eventStore, cache);
  const past = new PastStates(eventStore);
  const rates = new UsdRates(eventStore);

  const load = async (site: string, id: string): Promise<LoadedPurchase> => {
    const cached = cache.get(site, id);
    const isCurrent = cached !== undefined && (await eventStore.lastRevision(purchaseStream(id))) === cached.revision;
    return isCurrent ? cached : repository.load(site, id);
  };
  const execute = (call: ThreadCall): Promise<unknown> => {
    switch (call.method) {
      case 'write':
        return executeWrite({ writer, rates }, call.write);
      case 'load':
        return load(call.site, call.id);
      case 'atRevision':
        return past.atRevision(...call.args);
      case 'asOf':
        return past.asOf(...call.args);
      case 'compare':
        return past.compare(...call.args);
    }
  };
  let underWay = Promise.resolve();
  port.on('message', (message: ThreadCall | typeof STOP) => {
    if (message === STOP)
      void underWay.then(async () => {
        await eventStore.close();
        port.close();
      });
    else
      underWay = execute(message)
        .then((result): ThreadReply => ({ result }), replyOf)
        .then((reply) => port.postMessage(reply));
  });
  port.postMessage(READY);
}

main();
