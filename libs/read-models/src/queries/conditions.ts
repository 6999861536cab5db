/** The conditions of a query and the values that they compare with, as `$1`, `$2` … */
export class Conditions {
  private readonly conditions: string[] = [];
  readonly values: unknown[] = [];

  /** Takes a value; answers the parameter that stands for it. */
  value(value: unknown): string {
    return `$${this.values.push(value)}`;
  }

  add(condition: string): void {
    this.conditions.push(condition);
  }

  /** Adds a condition on a value, where the value is defined. */
  on(value: unknown, condition: (parameter: string) => string): void {
    if (value !== undefined) this.add(condition(this.value(value)));
  }

  toString(): string {
    return this.conditions.join(' and ');
  }
}
