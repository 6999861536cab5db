import type { ServerInterceptingCallInterface, ServerMethodDefinition } from '@grpc/grpc-js';
import { coalesceWrites } from './coalesced-writes';

const METHOD = {} as ServerMethodDefinition<unknown, unknown>;

/** A call over a connection that sends when the test says so. */
function callUnderTest(): {
  sent: unknown[];
  write: (message: unknown) => { isAccepted: boolean };
  flush: (count: number) => void;
} {
  const sent: unknown[] = [];
  const flushed: (() => void)[] = [];
  const connection = {
    sendMetadata: () => {},
    sendMessage: (message: unknown, callback: () => void) => {
      sent.push(message);
      flushed.push(callback);
    },
  } as unknown as ServerInterceptingCallInterface;
  const call = coalesceWrites(METHOD, connection);
  return {
    sent,
    write: (message) => {
      const state = { isAccepted: false };
      call.sendMessage(message, () => (state.isAccepted = true));
      return state;
    },
    flush: (count) => flushed.splice(0, count).forEach((callback) => callback()),
  };
}

describe('messages of a call', () => {
  const small = Buffer.alloc(1_000);

  it('are passed on before the last one is sent', () => {
    const { sent, write } = callUnderTest();
    const states = [write(small), write(small), write(small)];
    expect(states).toEqual([{ isAccepted: true }, { isAccepted: true }, { isAccepted: true }]);
    expect(sent).toHaveLength(3);
  });

  it('wait for the peer beyond 64 KiB', () => {
    const { write, flush } = callUnderTest();
    const states = Array.from({ length: 66 }, () => write(small));
    expect(states.filter(({ isAccepted }) => isAccepted)).toHaveLength(65);
    flush(65);
    expect(states.at(-1)).toEqual({ isAccepted: false });
    flush(1);
    expect(states.at(-1)).toEqual({ isAccepted: true });
    expect(write(small)).toEqual({ isAccepted: true });
  });

  it('wait for the peer when their size is not known', () => {
    const { write, flush } = callUnderTest();
    const state = write({});
    expect(state).toEqual({ isAccepted: false });
    flush(1);
    expect(state).toEqual({ isAccepted: true });
  });
});
