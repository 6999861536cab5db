import type { sendUnaryData, ServerUnaryCall, UntypedServiceImplementation } from '@grpc/grpc-js';
import { ClusterInfo, EndPoint, MemberInfo } from '@eventstore/db-client/generated/gossip_pb';
import { SupportedMethod, SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb';
import { UUID } from '@eventstore/db-client/generated/shared_pb';

export const SERVER_VERSION = '23.10.2-embedded';

/** Server features. Without `batchAppend` clients use unary appends. */
export function featuresService(batchAppend: boolean): UntypedServiceImplementation {
  const names = ['read', 'append', 'delete', 'tombstone', ...(batchAppend ? ['batchappend'] : [])];
  return {
    getSupportedMethods: (
      _call: ServerUnaryCall<unknown, SupportedMethods>,
      reply: sendUnaryData<SupportedMethods>,
    ) => {
      const methods = new SupportedMethods();
      methods.setEventStoreServerVersion(SERVER_VERSION);
      methods.setMethodsList(
        names.map((name) => {
          const method = new SupportedMethod();
          method.setServiceName('event_store.client.streams.streams');
          method.setMethodName(name);
          return method;
        }),
      );
      reply(null, methods);
    },
  };
}

/** Gossip of a single-node cluster, for esdb+discover://. */
export function gossipService(host: string, port: () => number): UntypedServiceImplementation {
  const instance = new UUID();
  instance.setString(crypto.randomUUID());
  return {
    read: (_call: ServerUnaryCall<unknown, ClusterInfo>, reply: sendUnaryData<ClusterInfo>) => {
      const endpoint = new EndPoint();
      endpoint.setAddress(host);
      endpoint.setPort(port());
      const member = new MemberInfo();
      member.setInstanceId(instance);
      member.setTimeStamp(String(BigInt(Date.now()) * 10_000n));
      member.setState(MemberInfo.VNodeState.LEADER);
      member.setIsAlive(true);
      member.setHttpEndPoint(endpoint);
      const cluster = new ClusterInfo();
      cluster.setMembersList([member]);
      reply(null, cluster);
    },
  };
}
