import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';

/** Limit for the messages of a call that are not yet sent, in bytes; beyond it, the call waits for its peer. */
const MAX_WAITING_BYTES = 64 * 1024;

/**
 * Accepts the next message of a call before the last one is sent. grpc-js waits for each message, so that each is a system call that wakes the peer;
 * the messages that HTTP/2 receives meanwhile leave together.
 */
class CoalescedWrites extends ServerInterceptingCall {
  private waitingBytes = 0;

  override sendMessage(message: unknown, accepted: () => void): void {
    const size = Buffer.isBuffer(message) ? message.length : MAX_WAITING_BYTES;
    this.waitingBytes += size;
    const mustWait = this.waitingBytes >= MAX_WAITING_BYTES;
    super.sendMessage(message, () => {
      this.waitingBytes -= size;
      if (mustWait) accepted();
    });
    if (!mustWait) accepted();
  }
}

export const coalesceWrites: ServerInterceptor = (_method, call) => new CoalescedWrites(call);
