import type { ItemsMoved, MovedItem } from './events';
import { IndexedList } from './indexed-list';
import type {
  AccountingFile,
  KeyedLine,
  KeyedPackage,
  LineDetails,
  LineKey,
  PackageHeader,
  PackageKey,
  Tracking,
} from './purchase';
import { canonicalJson } from './same';
import type { LivePurchase } from './state';

const keyOf = ({ key }: { key: number }): number => key;

/** Returns a copy with the property set, or without it if the value is undefined. */
export function withValue<T extends object, K extends keyof T>(object: T, key: K, value: T[K] | undefined): T {
  const { [key]: _, ...rest } = object;
  return (value === undefined ? rest : { ...object, [key]: value }) as T;
}

/** A mutable copy of a package. The original is not changed. */
class PackageDraft {
  private lines: IndexedList<KeyedLine, LineKey> | undefined;
  private trackingList: IndexedList<Tracking, string> | undefined;
  private fileList: IndexedList<AccountingFile, string> | undefined;

  constructor(private found: KeyedPackage) {}

  get header(): KeyedPackage {
    return this.found;
  }
  get items(): IndexedList<KeyedLine, LineKey> {
    return (this.lines ??= new IndexedList(this.found.items, keyOf));
  }
  get trackings(): IndexedList<Tracking, string> {
    return (this.trackingList ??= new IndexedList(this.found.trackings, canonicalJson));
  }
  get accountingFiles(): IndexedList<AccountingFile, string> {
    return (this.fileList ??= new IndexedList(this.found.accountingFiles, canonicalJson));
  }

  set<K extends keyof PackageHeader>(property: K, value: PackageHeader[K] | undefined): void {
    this.found = withValue<KeyedPackage, K>(this.found, property, value as KeyedPackage[K] | undefined);
  }

  setDate(date: keyof PackageHeader['dates'], value: string | undefined): void {
    this.set('dates', withValue(this.found.dates, date, value));
  }

  /** Replaces the dates that are not milestones. */
  setOwnDates(dates: Pick<PackageHeader['dates'], 'createdAt' | 'updatedAt'>): void {
    const { createdAt: _createdAt, updatedAt: _updatedAt, ...milestones } = this.found.dates;
    this.set('dates', { ...dates, ...milestones });
  }

  changeLine(key: LineKey, change: Partial<KeyedLine>): void {
    const line = this.items.get(key);
    if (line !== undefined) this.items.replace(key, Object.assign({}, line, change));
  }

  finish(): KeyedPackage {
    const finished = Object.assign({}, this.found);
    if (this.lines) finished.items = this.lines.values();
    if (this.trackingList) finished.trackings = this.trackingList.values();
    if (this.fileList) finished.accountingFiles = this.fileList.values();
    return finished;
  }
}

/**
 * A mutable copy of a purchase. n events take linear time in the number of packages, lines and tracking entries. The
 * original is not changed.
 */
export class PurchaseDraft {
  private packageList: IndexedList<KeyedPackage, PackageKey> | undefined;
  private fileList: IndexedList<AccountingFile, string> | undefined;
  private transactionList: IndexedList<LivePurchase['transactions'][number], string> | undefined;
  /** The packages that events changed. */
  private readonly drafts = new Map<PackageKey, PackageDraft>();
  private nextPackageKey: PackageKey;
  private nextLineKey: LineKey;

  constructor(private found: LivePurchase) {
    ({ nextPackageKey: this.nextPackageKey, nextLineKey: this.nextLineKey } = found);
  }

  /** The purchase with its current values, apart from packages, documents, transactions and the next keys. */
  get header(): LivePurchase {
    return this.found;
  }
  private get packages(): IndexedList<KeyedPackage, PackageKey> {
    return (this.packageList ??= new IndexedList(this.found.packages, keyOf));
  }
  get accountingFiles(): IndexedList<AccountingFile, string> {
    return (this.fileList ??= new IndexedList(this.found.accountingFiles, canonicalJson));
  }
  get transactions(): IndexedList<LivePurchase['transactions'][number], string> {
    return (this.transactionList ??= new IndexedList(this.found.transactions, canonicalJson));
  }

  set<K extends keyof LivePurchase>(property: K, value: LivePurchase[K] | undefined): void {
    this.found = withValue(this.found, property, value);
  }

  /** Continues from another purchase. */
  restart(purchase: LivePurchase): void {
    this.found = purchase;
    ({ nextPackageKey: this.nextPackageKey, nextLineKey: this.nextLineKey } = purchase);
    this.packageList = this.fileList = this.transactionList = undefined;
    this.drafts.clear();
  }

  /** The packages with their current headers. Their items, tracking entries and documents can be outdated. */
  *packageHeaders(): Iterable<KeyedPackage> {
    for (const each of this.packages) yield this.drafts.get(each.key)?.header ?? each;
  }

  /** Returns undefined if the purchase has no such package. */
  package(key: PackageKey): PackageDraft | undefined {
    const known = this.drafts.get(key);
    if (known !== undefined) return known;
    const found = this.packages.get(key);
    if (found === undefined) return undefined;
    const draft = new PackageDraft(found);
    this.drafts.set(key, draft);
    return draft;
  }

  addPackage(added: KeyedPackage): void {
    this.packages.add(added);
    this.countPackage(added.key);
    this.countLines(added.items);
  }

  dropPackage(key: PackageKey): void {
    this.packages.remove(key);
    this.drafts.delete(key);
  }

  addItems(key: PackageKey, items: readonly KeyedLine[]): void {
    const target = this.package(key);
    for (const item of items) target?.items.add(item);
    this.countLines(items);
  }

  removeItems(key: PackageKey, items: readonly KeyedLine[]): void {
    for (const item of items) this.package(key)?.items.remove(item.key);
  }

  /** Moves units between packages. @throws Error if a source line does not exist; nothing is changed then */
  moveItems({ from, to, opened, closed, items }: ItemsMoved): void {
    const details = this.detailsOfNew(from.key, items);
    if (opened !== undefined) this.addPackage({ ...opened, key: to.key, items: [] });
    this.take(from.key, items);
    this.put(to.key, items, details);
    if (closed !== undefined) this.dropPackage(from.key);
  }

  /** Moves units between lines of one package. @throws Error as moveItems does */
  regroupItems(key: PackageKey, items: readonly MovedItem[]): void {
    const details = this.detailsOfNew(key, items);
    this.take(key, items);
    this.put(key, items, details);
  }

  finish(): LivePurchase {
    for (const [key, draft] of this.drafts) this.packages.replace(key, draft.finish());
    this.drafts.clear();
    const { nextPackageKey, nextLineKey } = this;
    const finished = Object.assign({}, this.found, { nextPackageKey, nextLineKey });
    if (this.packageList) finished.packages = this.packageList.values();
    if (this.fileList) finished.accountingFiles = this.fileList.values();
    if (this.transactionList) finished.transactions = this.transactionList.values();
    return finished;
  }

  /** The details of the lines that a move creates: those in the event, else those of the source line. */
  private detailsOfNew(from: PackageKey, items: readonly MovedItem[]): (LineDetails | undefined)[] {
    const lines = this.package(from)?.items;
    return items.map((item) => {
      if (item.to.before !== undefined) return undefined;
      const details = item.to.details ?? lines?.get(item.from.line.key)?.details;
      if (details === undefined)
        throw new Error(`pieces of line ${item.from.line.key}, which its package does not have`);
      return details;
    });
  }

  private take(key: PackageKey, items: readonly MovedItem[]): void {
    const source = this.package(key);
    const left = new Map(items.map(({ from }) => [from.line.key, from.after]));
    for (const [line, after] of left)
      if (after === undefined) source?.items.remove(line);
      else source?.changeLine(line, after);
  }

  private put(key: PackageKey, items: readonly MovedItem[], details: readonly (LineDetails | undefined)[]): void {
    const target = this.package(key);
    const grown = new Map(items.map(({ to }) => [to.line.key, to.after]));
    for (const [line, after] of grown) target?.changeLine(line, after);
    items.forEach(({ to }, index) => {
      const described = details[index];
      if (described === undefined) return;
      target?.items.add({ key: to.line.key, ...(grown.get(to.line.key) ?? to.after), details: described });
    });
    this.countLines(items.map(({ to }) => to.line));
  }

  private countPackage(key: PackageKey): void {
    if (key >= this.nextPackageKey) this.nextPackageKey = key + 1;
  }

  private countLines(lines: readonly { key: LineKey }[]): void {
    for (const { key } of lines) if (key >= this.nextLineKey) this.nextLineKey = key + 1;
  }
}
