import type { ClientDuplexStream } from '@grpc/grpc-js';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb';
import type { BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb';

type BatchStream = ClientDuplexStream<BatchAppendReq, BatchAppendResp>;
type OpenBatchStream = (this: StreamsClient, ...args: unknown[]) => BatchStream;
type Listener = (...args: unknown[]) => void;

let isGuarded = false;

/**
 * Makes the one long stream on which the official client (6.2.1) sends its appends harmless. Two faults of it end the process:
 *
 * - All streams of a process share one bank of pending appends. One that breaks empties the bank for all; the reply to another's append then
 *   throws in an event handler, as does a second reply to the same append. Such a reply has nobody who waits for it: it is dropped here, and
 *   the append itself, rejected or out of time, is sent again by the adapter.
 * - When the stream is full, appends wait in a queue, and when it breaks each of them is a rejection that nobody handles. The stream never says
 *   that it is full here, so that the queue stays empty; what is in flight is bounded by the callers, a megabyte each at most.
 *
 * It changes the generated class of that exact version, once in a process, for every client in it.
 */
export function guardBatchAppends(): void {
  if (isGuarded) return;
  isGuarded = true;
  const open = Reflect.get(StreamsClient.prototype, 'batchAppend') as OpenBatchStream;
  Reflect.set(StreamsClient.prototype, 'batchAppend', function (this: StreamsClient, ...args: unknown[]): BatchStream {
    return guarded(open.apply(this, args));
  });
}

function guarded(stream: BatchStream): BatchStream {
  const on = stream.on.bind(stream) as (event: string, listener: Listener) => unknown;
  const write = stream.write.bind(stream) as (message: BatchAppendReq) => boolean;
  return Object.assign(stream, {
    on: (event: string, listener: Listener): BatchStream => {
      on(event, event === 'data' ? droppingLateReplies(listener) : listener);
      return stream;
    },
    write: (message: BatchAppendReq): boolean => {
      write(message);
      return true;
    },
  });
}

const droppingLateReplies =
  (listener: Listener): Listener =>
  (...reply) => {
    try {
      listener(...reply);
    } catch {
      // Whatever could not be handed on is out of its time in the adapter, and asked for again.
    }
  };
