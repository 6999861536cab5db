import { createStreamIdentifier } from '@eventstore/db-client/dist/utils';
import { ReadReq } from '@eventstore/db-client/generated/streams_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import type { Direction, FromPosition } from '../event-store';

type Options = ReadReq.Options;

/** The start of a read of $all: a position, or without one the beginning (forwards) or the end (backwards). */
function startOfAll(from: FromPosition, direction: Direction): ReadReq.Options.AllOptions {
  const all = new ReadReq.Options.AllOptions();
  if (from === undefined) return direction === 'forwards' ? all.setStart(new Empty()) : all.setEnd(new Empty());
  const position = new ReadReq.Options.Position();
  position.setCommitPosition(String(from.commit));
  position.setPreparePosition(String(from.prepare));
  return all.setPosition(position);
}

/** A request whose ids are returned as text. */
function request(options: Options): ReadReq {
  const uuids = new ReadReq.Options.UUIDOption();
  uuids.setString(new Empty());
  return new ReadReq().setOptions(options.setUuidOption(uuids));
}

const finite = (options: Options, direction: Direction, count: number): ReadReq =>
  request(
    options
      .setNoFilter(new Empty())
      .setCount(String(count))
      .setReadDirection(direction === 'forwards' ? 0 : 1),
  );

/** Reads at most `count` events of a stream from a revision, or without one from the beginning (forwards) or the end (backwards). */
export function streamRequest(stream: string, direction: Direction, from: bigint | undefined, count: number): ReadReq {
  const of = new ReadReq.Options.StreamOptions();
  of.setStreamIdentifier(createStreamIdentifier(stream));
  if (from !== undefined) of.setRevision(String(from));
  else if (direction === 'forwards') of.setStart(new Empty());
  else of.setEnd(new Empty());
  return finite(new ReadReq.Options().setStream(of), direction, count);
}

/** Reads at most `count` events of $all. */
export const allRequest = (direction: Direction, from: FromPosition, count: number): ReadReq =>
  finite(new ReadReq.Options().setAll(startOfAll(from, direction)), direction, count);

/** Events per checkpoint of a subscription. */
const CHECKPOINT_EVERY = 1_000;

export interface SubscriptionRequest {
  /** Exclusive. */
  from: FromPosition;
  streamPrefixes: readonly string[];
}

/** Subscribes to the events of $all whose streams begin with a prefix. */
export function subscriptionRequest({ from, streamPrefixes }: SubscriptionRequest): ReadReq {
  const expression = new ReadReq.Options.FilterOptions.Expression();
  expression.setPrefixList([...streamPrefixes]);
  const filter = new ReadReq.Options.FilterOptions();
  filter.setStreamIdentifier(expression);
  filter.setMax(CHECKPOINT_EVERY);
  filter.setCheckpointintervalmultiplier(1);
  return request(
    new ReadReq.Options()
      .setAll(startOfAll(from, 'forwards'))
      .setSubscription(new ReadReq.Options.SubscriptionOptions())
      .setFilter(filter),
  );
}
