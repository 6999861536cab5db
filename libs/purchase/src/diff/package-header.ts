import type { Package, PackageHeader } from '../purchase';

/** A package without its items and without its milestones, which are events of their own. */
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
