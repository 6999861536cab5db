export type Columns = readonly (readonly [name: string, type: string, constraint?: string])[];

/**
 * The expression that an index holds for a text of any length: eight bytes. A query compares the hash, which the index serves, and the text, which
 * makes the result exact: `matches('p.platform', '$1')`.
 */
export const hashOf = (expression: string): string => `hashtextextended(${expression}, 0)`;

/** The condition that a column equals a value, served by an index over the hash. */
export const matches = (column: string, value: string): string =>
  `(${hashOf(column)} = ${hashOf(`cast(${value} as text)`)} and ${column} = ${value})`;
