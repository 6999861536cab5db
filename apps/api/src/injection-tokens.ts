/** Injection tokens of dependencies that are not classes. */
export const EVENT_STORE = Symbol('event store');
export const READ_MODEL_POOL = Symbol('connections of the read model');
export const MAX_LAG_SECONDS = Symbol('MAX_LAG_SECONDS');
export const PROJECTOR = Symbol('projector');
