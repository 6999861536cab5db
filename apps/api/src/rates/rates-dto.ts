import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsDefined, IsString, ValidateNested } from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import { MAX_RATES_PER_CALL } from '@app/sites/usd-rates';
import type { FormatName } from '../purchases/body/formats';

const Format = (format: FormatName): PropertyDecorator => JSONSchema({ format }) as PropertyDecorator;

/** The US dollars that one unit of a currency is worth on a day. */
export class UsdRateDto {
  /** A calendar day, `2026-01-31`. */
  @IsDefined()
  @IsString()
  @Format('date')
  day!: string;

  @IsDefined()
  @IsString()
  @Format('currency')
  currency!: string;

  /** A decimal string above zero, such as `1.2734`: at most 4 digits before the point and 12 after it. */
  @IsDefined()
  @IsString()
  @Format('usd-rate')
  rate!: string;
}

/** Body of a PUT of rates. */
export class UsdRatesDto {
  @IsDefined()
  @IsArray()
  @ArrayMaxSize(MAX_RATES_PER_CALL)
  @ValidateNested({ each: true })
  @Type(() => UsdRateDto)
  rates!: UsdRateDto[];
}
