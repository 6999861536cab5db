import type { Package, PackageHeader } from '../purchase';

/** The header of a package: all values but items and milestones, which have events of their own. */
export function headerOf({
  type,
  identifiers,
  dates,
  shippingMethod,
  shippingAddress,
  ...rest
}: Package): PackageHeader {
  const { createdAt, updatedAt } = dates;
  return {
    type,
    identifiers,
    dates: { ...(createdAt !== undefined && { createdAt }), ...(updatedAt !== undefined && { updatedAt }) },
    ...(shippingMethod !== undefined && { shippingMethod }),
    ...(shippingAddress !== undefined && { shippingAddress }),
    trackings: rest.trackings,
    accountingFiles: rest.accountingFiles,
  };
}
