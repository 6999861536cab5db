import 'reflect-metadata';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsDefined,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import { MAX_IDENTIFIER_LENGTH } from '@app/purchase/identifier-value';
import { PACKAGE_TYPES, PAYMENT_METHODS, PURCHASE_TYPES } from '@app/purchase/purchase';
import { CURRENCY_CODE, DECIMAL, type FormatName } from './formats';

/**
 * The body of a PUT: the single declaration of its shape. The schema is compiled into a reader at start (body-reader.ts) and published in the
 * OpenAPI document.
 */

const MAX_TEXT_LENGTH = 4_000;
const MAX_ENTRIES = 10_000;
const MAX_QUANTITY = 1_000_000;

const all =
  (...decorators: readonly PropertyDecorator[]): PropertyDecorator =>
  (target, key) => {
    for (const decorate of decorators) decorate(target, key);
  };
const Format = (format: FormatName, more: object = {}): PropertyDecorator =>
  JSONSchema({ format, ...more }) as PropertyDecorator;

export const Text = (): PropertyDecorator => all(IsOptional(), IsString(), MaxLength(MAX_TEXT_LENGTH));
export const RequiredText = (): PropertyDecorator => all(IsDefined(), IsString(), MaxLength(MAX_TEXT_LENGTH));
/** Normalised to NFC and trimmed, then limited to 1,000 characters. */
export const Identifier = (): PropertyDecorator => all(Text(), Format('identifier', IDENTIFIER_NOTE));
export const RequiredIdentifier = (): PropertyDecorator => all(RequiredText(), Format('identifier', IDENTIFIER_NOTE));
const IDENTIFIER_NOTE = { description: `At most ${MAX_IDENTIFIER_LENGTH} characters, normalised.` };
const PurchaseIdentifier = (): PropertyDecorator => all(Text(), Format('purchase-identifier', IDENTIFIER_NOTE));
/** ISO 8601 with an offset, years 1 to 9999 in UTC. */
export const Instant = (): PropertyDecorator => all(IsOptional(), IsString(), Format('date-time'));
/** http or https. */
const Uri = (): PropertyDecorator => all(Text(), Format('uri'));
const One = (type: () => new () => object): PropertyDecorator =>
  all(IsOptional(), IsObject(), ValidateNested(), Type(type));
export const RequiredOne = (type: () => new () => object): PropertyDecorator =>
  all(IsDefined(), IsObject(), ValidateNested(), Type(type));
const ManyOf = (type: () => new () => object): PropertyDecorator =>
  all(IsArray(), ArrayMaxSize(MAX_ENTRIES), ValidateNested({ each: true }), Type(type));
const Many = (type: () => new () => object): PropertyDecorator => all(IsOptional(), ManyOf(type));

export class MoneyDto {
  @IsDefined()
  @IsString()
  @Format('decimal', { pattern: DECIMAL.source })
  number!: string;

  @IsDefined()
  @IsString()
  @Format('currency-code', { pattern: CURRENCY_CODE.source })
  currency!: string;
}

export class PurchaseIdentifiersDto {
  @Text()
  @Format('uuid')
  sparklayer?: string;

  @PurchaseIdentifier() platform?: string;
  @PurchaseIdentifier() internal?: string;
  @PurchaseIdentifier() visible?: string;
}

export class CustomerIdentifiersDto {
  @Identifier() sparklayer?: string;
  @Identifier() sparklayer_child?: string;
  @Identifier() sparklayer_impersonator?: string;
  @Identifier() sparklayer_sales_rep?: string;
}

export class PurchaseDatesDto {
  @Instant() created_at?: string;
  @Instant() updated_at?: string;
  @Instant() placed_at?: string;
}

export class AddressDto {
  @Text() name?: string;
  @Text() company?: string;
  @RequiredText() address_line1!: string;
  @Text() address_line2?: string;
  @RequiredText() city!: string;
  @Text() region_code?: string;
  @Text() postal_code?: string;

  @IsDefined()
  @IsString()
  @Format('country')
  country_code!: string;

  @Text() phone?: string;
}

export class TaxLineDto {
  @Text() title?: string;
  @One(() => MoneyDto) amount?: MoneyDto;
  /** Percentage. */
  @IsOptional()
  @IsNumber()
  rate?: number;
}

export class LineTotalDto {
  @One(() => MoneyDto) total_net?: MoneyDto;
  @One(() => MoneyDto) total_tax?: MoneyDto;
  @One(() => MoneyDto) total_gross?: MoneyDto;
  @One(() => MoneyDto) discount_net?: MoneyDto;
  /** Informational, like the rate; not part of the totals. */
  @One(() => MoneyDto) discount_gross?: MoneyDto;
  /** Percentage. */
  @IsOptional()
  @IsNumber()
  tax_rate?: number;
}

export class FileIdentifiersDto {
  @Identifier() visible?: string;
}

export class FileDataDto {
  @IsOptional()
  @IsIn(['uri'])
  type?: 'uri';

  @Uri() uri?: string;
}

export class AccountingFileDto {
  @One(() => FileIdentifiersDto) identifiers?: FileIdentifiersDto;
  @One(() => FileDataDto) data?: FileDataDto;
  @Text() file_type?: string;
}

export class NamedValueDto {
  @RequiredText() name!: string;
  @Text() value?: string;
}

export class CustomAttributeDto {
  @RequiredText() key!: string;
  @Text() value?: string;
}

export class LineIdentifiersDto {
  @Identifier() sku?: string;
  @Identifier() platform?: string;
  @Identifier() internal?: string;
}

export class LineItemDto {
  @One(() => LineIdentifiersDto) identifiers?: LineIdentifiersDto;
  @RequiredText() name_parent!: string;
  @Text() name_child?: string;

  @IsDefined()
  @IsInt()
  @Min(1)
  @Max(MAX_QUANTITY)
  quantity!: number;

  @Many(() => CustomAttributeDto) custom_attributes?: CustomAttributeDto[];
  @RequiredOne(() => LineTotalDto) line_total!: LineTotalDto;
  /** Unit price; informational. */
  @One(() => LineTotalDto) unit_total?: LineTotalDto;
  /** Recommended retail price of one unit; informational. */
  @One(() => MoneyDto) rrp?: MoneyDto;
  @Many(() => TaxLineDto) tax_lines?: TaxLineDto[];
  @Uri() image_url?: string;
  @Text() product_slug?: string;
  @Text() barcode?: string;
}

export class PackageIdentifiersDto {
  @Identifier() sparklayer_package_id?: string;
  @Identifier() platform?: string;
  @Identifier() internal?: string;
  @Identifier() visible?: string;
}

export class PackageDatesDto {
  @Instant() created_at?: string;
  @Instant() updated_at?: string;
  @Instant() shipped_at?: string;
  @Instant() delivered_at?: string;
  @Instant() refunded_at?: string;
  @Instant() cancelled_at?: string;
}

export class ShippingMethodDto {
  @Text() name?: string;
  @One(() => LineTotalDto) line_total?: LineTotalDto;
}

export class ShipmentDto {
  @Text() carrier?: string;
  @Text() carrier_id?: string;
  @Text() tracking_number?: string;
  @Uri() tracking_url?: string;
}

export class PackageDto {
  @IsDefined()
  @IsIn(PACKAGE_TYPES)
  type!: (typeof PACKAGE_TYPES)[number];

  @One(() => PackageIdentifiersDto) identifiers?: PackageIdentifiersDto;
  @One(() => PackageDatesDto) dates?: PackageDatesDto;
  @Many(() => LineItemDto) line_items?: LineItemDto[];
  @One(() => ShippingMethodDto) shipping_method?: ShippingMethodDto;
  @One(() => AddressDto) shipping_address?: AddressDto;
  @Many(() => ShipmentDto) shipments?: ShipmentDto[];
  @Many(() => AccountingFileDto) accounting_files?: AccountingFileDto[];
}

export class PurchaseDto {
  @IsDefined()
  @IsIn(PURCHASE_TYPES)
  type!: (typeof PURCHASE_TYPES)[number];

  @One(() => PurchaseIdentifiersDto) purchase_identifiers?: PurchaseIdentifiersDto;
  @One(() => CustomerIdentifiersDto) customer_identifiers?: CustomerIdentifiersDto;

  @IsOptional()
  @IsIn(PAYMENT_METHODS)
  payment_method?: (typeof PAYMENT_METHODS)[number];

  @One(() => PurchaseDatesDto) dates?: PurchaseDatesDto;
  @Text() customer_reference?: string;

  @IsDefined()
  @IsString()
  @Format('currency', { pattern: CURRENCY_CODE.source })
  currency_code!: string;

  @Instant() revision_date?: string;
  @One(() => AddressDto) billing_address?: AddressDto;

  @IsDefined()
  @ManyOf(() => PackageDto)
  packages!: PackageDto[];

  @Many(() => AccountingFileDto) accounting_files?: AccountingFileDto[];
  @Many(() => NamedValueDto) custom_fields?: NamedValueDto[];
  @Many(() => NamedValueDto) metadata?: NamedValueDto[];
  @Many(() => TaxLineDto) tax_lines?: TaxLineDto[];
  @One(() => MoneyDto) total_paid?: MoneyDto;
}
