import { Column, Entity, PrimaryColumn, type ValueTransformer } from 'typeorm';
import type { PurchaseState } from '@app/purchase/state';
import { LIVE } from '../tables';

/** Columns that hold JSON as text, which is loss-free where jsonb is not. */
const JSON_TEXT: ValueTransformer = {
  from: (text: string | null) => (text === null ? null : (JSON.parse(text) as unknown)),
  to: (value: unknown) => JSON.stringify(value),
};

/** A purchase as it is answered. bigint columns come as strings. */
@Entity({ schema: LIVE, name: 'purchases' })
export class PurchaseRow {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') site!: string;
  @Column('bigint') revision!: string;
  @Column('bigint', { name: 'commit_position' }) commitPosition!: string;
  @Column('text', { nullable: true }) sparklayer!: string | null;
  @Column('text', { nullable: true }) platform!: string | null;
  @Column('text', { nullable: true }) internal!: string | null;
  @Column('text', { nullable: true }) visible!: string | null;
  @Column('text', { nullable: true }) type!: string | null;
  @Column('text', { nullable: true }) status!: string | null;
  @Column('text', { nullable: true }) currency!: string | null;
  @Column('text', { name: 'customer_sparklayer', nullable: true }) customerSparklayer!: string | null;
  @Column('text', { name: 'customer_child', nullable: true }) customerChild!: string | null;
  @Column('text', { name: 'customer_impersonator', nullable: true }) customerImpersonator!: string | null;
  @Column('text', { name: 'customer_sales_rep', nullable: true }) customerSalesRep!: string | null;
  @Column('timestamptz', { name: 'placed_at', nullable: true }) placedAt!: Date | null;
  @Column('timestamptz', { name: 'submitted_at', nullable: true }) submittedAt!: Date | null;
  @Column('timestamptz', { name: 'last_updated' }) lastUpdated!: Date;
  @Column('numeric', { nullable: true }) payable!: string | null;
  @Column('text') search!: string;
  /** What a GET answers, as JSON text: the purchase without its packages, and its packages. */
  @Column('text', { nullable: true }) document!: string | null;
  @Column('text', { nullable: true }) packages!: string | null;
  @Column('text', { transformer: JSON_TEXT }) state!: PurchaseState;
}

/** One event as it is told. */
@Entity({ schema: LIVE, name: 'timeline' })
export class TimelineRow {
  @PrimaryColumn('uuid', { name: 'purchase_id' }) purchaseId!: string;
  @PrimaryColumn('bigint') revision!: string;
  @Column('text') site!: string;
  @Column('bigint', { name: 'commit_position' }) commitPosition!: string;
  @Column('uuid', { name: 'event_id' }) eventId!: string;
  @Column('text') type!: string;
  @Column('timestamptz', { name: 'occurred_at' }) occurredAt!: Date;
  @Column('timestamptz', { name: 'recorded_at' }) recordedAt!: Date;
  @Column('text', { nullable: true }) actor!: string | null;
  @Column('text', { nullable: true }) impersonator!: string | null;
  @Column('text', { name: 'request_id', nullable: true }) requestId!: string | null;
  @Column('text') words!: string;
  @Column('text', { nullable: true, transformer: JSON_TEXT }) before!: unknown;
  @Column('text', { nullable: true, transformer: JSON_TEXT }) after!: unknown;
}
