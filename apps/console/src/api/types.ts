/** The bodies of the API that the console shows (docs/contract.md). Absent values are left out of the JSON. */

export interface Money {
  number: string;
  currency: string;
}

export type IdentifierKind = 'sparklayer' | 'platform' | 'internal' | 'visible';
export type Identifiers = Partial<Record<IdentifierKind, string>>;

export interface Address {
  name?: string;
  company?: string;
  address_line1?: string;
  address_line2?: string;
  city?: string;
  region_code?: string;
  postal_code?: string;
  country_code?: string;
  phone?: string;
}

export interface LineItem {
  identifiers?: { sku?: string; platform?: string; internal?: string };
  name_parent: string;
  name_child?: string;
  quantity: number;
  line_total: { total_net?: Money; total_tax?: Money; total_gross?: Money; discount_net?: Money };
  custom_attributes?: { key: string; value: string }[];
}

export interface AccountingFile {
  identifiers?: { visible?: string };
  data?: { type: string; uri: string };
  file_type?: string;
}

export interface Shipment {
  carrier?: string;
  carrier_id?: string;
  tracking_number?: string;
  tracking_url?: string;
}

export interface Package {
  type: string;
  identifiers?: { sparklayer_package_id?: string; platform?: string; internal?: string; visible?: string };
  dates?: Record<string, string | undefined>;
  line_items: LineItem[];
  shipping_method?: { name?: string; line_total?: LineItem['line_total'] };
  shipping_address?: Address;
  shipments?: Shipment[];
  accounting_files?: AccountingFile[];
}

export interface PurchaseBase {
  type: string;
  purchase_identifiers: Identifiers;
  customer_identifiers?: Record<string, string | undefined>;
  payment_method?: string;
  dates?: Record<string, string | undefined>;
  customer_reference?: string;
  currency_code: string;
  billing_address?: Address;
  accounting_files?: AccountingFile[];
  calculated_fulfilment_status?: string;
  calculated_payment_status?: string;
  calculated_totals?: Record<string, Money>;
  calculated_total?: Money;
  calculated_shipping_address?: string;
  calculated_revision?: number;
}

export interface Purchase extends PurchaseBase {
  packages: Package[];
}

export interface TimelineEntry {
  sequence?: number;
  purchase_id?: string;
  purchase_identifiers?: Identifiers;
  revision: number;
  event_id: string;
  type: string;
  occurred_at: string;
  recorded_at: string;
  actor?: string;
  impersonator?: string;
  request_id?: string;
  words: string;
  before?: unknown;
  after?: unknown;
}

export interface Transaction {
  platform_id: string;
  total: Money;
  apply_to_balance?: boolean;
  status?: string;
  gateway?: string;
  created_at?: string;
}

export interface HistoryEntry {
  event_type: 'message' | 'note' | 'email';
  created_by?: string;
  sent_by?: string;
  body: string;
  created_at?: string;
}
