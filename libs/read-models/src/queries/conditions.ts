/** The conditions of a query, and the values of its parameters `$1`, `$2` … */
export class Conditions {
  private readonly conditions: string[] = [];
  readonly values: unknown[] = [];

  /** Adds a value; returns its parameter. */
  value(value: unknown): string {
    return `$${this.values.push(value)}`;
  }

  add(condition: string): void {
    this.conditions.push(condition);
  }

  /** Adds a condition on a value, unless the value is undefined. */
  on(value: unknown, condition: (parameter: string) => string): void {
    if (value !== undefined) this.add(condition(this.value(value)));
  }

  toString(): string {
    return this.conditions.join(' and ');
  }
}
