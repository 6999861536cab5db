/** The searches of a diff took more steps than its caller allows. Without a limit, the same diff has a result. */
export class TooManySteps extends Error {
  constructor() {
    super('the diff takes more steps than allowed');
    this.name = 'TooManySteps';
  }
}

/** A limit of the steps that all searches of one diff take together. It ends the diff, while the budget of a search only ends that search. */
export class StepLimit {
  constructor(private left: number) {}

  /** @throws TooManySteps */
  spend(steps: number): void {
    this.left -= steps;
    if (this.left < 0) throw new TooManySteps();
  }
}
