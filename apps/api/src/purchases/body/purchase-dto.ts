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
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { PACKAGE_TYPES, PAYMENT_METHODS, PURCHASE_TYPES } from '@app/purchase/purchase';
import { INSTANT_FORM, TIME_PROBLEMS } from '@app/purchase/time';

/**
 * The body of a PUT, as contract.md has it: the one declaration of its shape. At start it is compiled for the way of the accepted
 * (accept-body.ts); class-validator explains what was refused (explain-body.ts).
 */

const LONGEST_TEXT = 4_000;
const MOST_ENTRIES = 10_000;
const MOST_PIECES = 1_000_000;
const DECIMAL = /^-?\d{1,20}(\.\d{1,20})?$/;

export const Text = (): PropertyDecorator => (target, key) => {
  IsOptional()(target, key);
  IsString()(target, key);
  MaxLength(LONGEST_TEXT)(target, key);
};
export const RequiredText = (): PropertyDecorator => (target, key) => {
  IsDefined()(target, key);
  IsString()(target, key);
  MaxLength(LONGEST_TEXT)(target, key);
};
export const Instant = (): PropertyDecorator => (target, key) => {
  IsOptional()(target, key);
  IsString()(target, key);
  Matches(INSTANT_FORM, { message: `$property ${TIME_PROBLEMS['not-a-time']}` })(target, key);
};
const One =
  (type: () => new () => object): PropertyDecorator =>
  (target, key) => {
    IsOptional()(target, key);
    IsObject()(target, key);
    ValidateNested()(target, key);
    Type(type)(target, key);
  };
export const RequiredOne =
  (type: () => new () => object): PropertyDecorator =>
  (target, key) => {
    IsDefined()(target, key);
    IsObject()(target, key);
    ValidateNested()(target, key);
    Type(type)(target, key);
  };
const Many =
  (type: () => new () => object): PropertyDecorator =>
  (target, key) => {
    IsOptional()(target, key);
    IsArray()(target, key);
    ArrayMaxSize(MOST_ENTRIES)(target, key);
    ValidateNested({ each: true })(target, key);
    Type(type)(target, key);
  };

export class MoneyDto {
  @IsDefined()
  @IsString()
  @Matches(DECIMAL, { message: '$property must be a decimal string, such as "15.99"' })
  number!: string;

  @IsDefined()
  @IsString()
  @Matches(/^[A-Z]{3}$/, { message: '$property must be an ISO 4217 code, such as GBP' })
  currency!: string;
}

export class PurchaseIdentifiersDto {
  @Text() sparklayer?: string;
  @Text() platform?: string;
  @Text() internal?: string;
  @Text() visible?: string;
}

export class CustomerIdentifiersDto {
  @Text() sparklayer?: string;
  @Text() sparklayer_child?: string;
  @Text() sparklayer_impersonator?: string;
  @Text() sparklayer_sales_rep?: string;
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
  @RequiredText() country_code!: string;
  @Text() phone?: string;
}

export class TaxLineDto {
  @Text() title?: string;
  @One(() => MoneyDto) amount?: MoneyDto;
  /** In per cent. */
  @IsOptional()
  @IsNumber()
  rate?: number;
}

export class LineTotalDto {
  @One(() => MoneyDto) total_net?: MoneyDto;
  @One(() => MoneyDto) total_tax?: MoneyDto;
  @One(() => MoneyDto) total_gross?: MoneyDto;
  @One(() => MoneyDto) discount_net?: MoneyDto;
}

export class FileIdentifiersDto {
  @Text() visible?: string;
}

export class FileDataDto {
  @IsOptional()
  @IsIn(['uri'])
  type?: 'uri';

  @Text() uri?: string;
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
  @Text() sku?: string;
  @Text() platform?: string;
  @Text() internal?: string;
}

export class LineItemDto {
  @One(() => LineIdentifiersDto) identifiers?: LineIdentifiersDto;
  @RequiredText() name_parent!: string;
  @Text() name_child?: string;

  @IsDefined()
  @IsInt()
  @Min(1)
  @Max(MOST_PIECES)
  quantity!: number;

  @Many(() => CustomAttributeDto) custom_attributes?: CustomAttributeDto[];
  @RequiredOne(() => LineTotalDto) line_total!: LineTotalDto;
  @Many(() => TaxLineDto) tax_lines?: TaxLineDto[];
  @Text() image_url?: string;
  @Text() product_slug?: string;
  @Text() barcode?: string;
}

export class PackageIdentifiersDto {
  @Text() sparklayer_package_id?: string;
  @Text() platform?: string;
  @Text() internal?: string;
  @Text() visible?: string;
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
  @Text() tracking_url?: string;
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
  @Matches(/^[A-Z]{3}$/, { message: '$property must be an ISO 4217 code, such as GBP' })
  currency_code!: string;

  @Instant() revision_date?: string;
  @One(() => AddressDto) billing_address?: AddressDto;

  @IsDefined()
  @IsArray()
  @ArrayMaxSize(MOST_ENTRIES)
  @ValidateNested({ each: true })
  @Type(() => PackageDto)
  packages!: PackageDto[];

  @Many(() => AccountingFileDto) accounting_files?: AccountingFileDto[];
  @Many(() => NamedValueDto) custom_fields?: NamedValueDto[];
  @Many(() => NamedValueDto) metadata?: NamedValueDto[];
  @Many(() => TaxLineDto) tax_lines?: TaxLineDto[];
  @One(() => MoneyDto) total_paid?: MoneyDto;
}
