import { ReadReq } from '@eventstore/db-client/generated/streams_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import type { Position } from '../event-store';

/** Reads $all from a position, or from the beginning. */
export function allFrom(from: Position | undefined): ReadReq.Options.AllOptions {
  const all = new ReadReq.Options.AllOptions();
  if (from === undefined) return all.setStart(new Empty());
  const position = new ReadReq.Options.Position();
  position.setCommitPosition(String(from.commit));
  position.setPreparePosition(String(from.prepare));
  return all.setPosition(position);
}

/** A read request whose ids are returned as text. `configure` sets the other options. */
export function readRequest(configure: (options: ReadReq.Options) => unknown): ReadReq {
  const uuids = new ReadReq.Options.UUIDOption();
  uuids.setString(new Empty());
  const options = new ReadReq.Options();
  options.setUuidOption(uuids);
  configure(options);
  const read = new ReadReq();
  read.setOptions(options);
  return read;
}
