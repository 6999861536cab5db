import type { LineRef, PackageRef } from '../events';
import type { LineDetails, LineKey, PackageHeader, PackageKey } from '../purchase';

/** The reference to a package in an event: its key, its type and the first identifier that users know. */
export function packageRef(
  key: PackageKey,
  { type, identifiers }: Pick<PackageHeader, 'type' | 'identifiers'>,
): PackageRef {
  const name = identifiers.visible ?? identifiers.platform ?? identifiers.internal ?? identifiers.sparklayerPackageId;
  return name === undefined ? { key, type } : { key, type, name };
}

/** The reference to a line in an event: its key, SKU and name. */
export function lineRef(key: LineKey, { sku, nameParent, nameChild }: LineDetails): LineRef {
  const name = nameChild === undefined ? nameParent : `${nameParent} ${nameChild}`;
  return sku === undefined ? { key, name } : { key, sku, name };
}
