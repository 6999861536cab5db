import type { LineRef, PackageRef } from '../events';
import type { LineDetails, LineKey, PackageHeader, PackageKey } from '../purchase';

/** How an event points at a package: by key, and by what a reader calls it. */
export function packageRef(
  key: PackageKey,
  { type, identifiers }: Pick<PackageHeader, 'type' | 'identifiers'>,
): PackageRef {
  const name = identifiers.visible ?? identifiers.platform ?? identifiers.internal ?? identifiers.sparklayerPackageId;
  return name === undefined ? { key, type } : { key, type, name };
}

/** How an event points at a line: by key, and by what a reader calls the article. */
export function lineRef(key: LineKey, { sku, nameParent, nameChild }: LineDetails): LineRef {
  const name = nameChild === undefined ? nameParent : `${nameParent} ${nameChild}`;
  return sku === undefined ? { key, name } : { key, sku, name };
}
