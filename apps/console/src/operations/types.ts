export interface Projection {
  name: string;
  version: number;
  position?: { commit: string; prepare: string };
  lag_seconds?: number;
  leader?: { name: string; since: string };
}

export interface RebuildProgress {
  id: string;
  state: string;
  events: number;
  events_per_second?: number;
  share?: number;
  eta_seconds?: number;
  error?: string;
}

export interface Quarantined {
  purchase_id: string;
  revision: number;
  type: string;
  error: string;
  attempts?: number;
  first_at?: string;
  last_at?: string;
}
