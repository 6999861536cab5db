import type { Package, PackageDates, PackageHeader } from '../purchase';

/** The dates of a package that are not milestones. */
export function ownDatesOf({ createdAt, updatedAt }: PackageDates): PackageHeader['dates'] {
  const dates: PackageHeader['dates'] = {};
  if (createdAt !== undefined) dates.createdAt = createdAt;
  if (updatedAt !== undefined) dates.updatedAt = updatedAt;
  return dates;
}

/** The header of a package: all values but items and milestones, which have events of their own. */
export const headerOf = (each: Package): PackageHeader => withDates(each, ownDatesOf(each.dates));

/** A package without its items. */
export const wholeHeaderOf = (each: PackageHeader): PackageHeader => withDates(each, each.dates);

function withDates(each: PackageHeader, dates: PackageDates): PackageHeader {
  const { type, identifiers, shippingMethod, shippingAddress, trackings, accountingFiles } = each;
  // Assignments instead of conditional spreads, which are slow on Node.js 20.
  const header = { type, identifiers, dates } as PackageHeader;
  if (shippingMethod !== undefined) header.shippingMethod = shippingMethod;
  if (shippingAddress !== undefined) header.shippingAddress = shippingAddress;
  header.trackings = trackings;
  header.accountingFiles = accountingFiles;
  return header;
}
