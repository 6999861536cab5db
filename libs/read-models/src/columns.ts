export type Columns = readonly (readonly [name: string, type: string, constraint?: string])[];

/**
 * What an index holds of a text of any length: eight bytes. A query compares the hash, which the index serves, and the text itself, which makes it
 * exact: `matches('p.platform', '$1')`.
 */
export const hashOf = (expression: string): string => `hashtextextended(${expression}, 0)`;

/** The condition that a column equals a value, served by an index over the hash. */
export const matches = (column: string, value: string): string =>
  `(${hashOf(column)} = ${hashOf(`cast(${value} as text)`)} and ${column} = ${value})`;
