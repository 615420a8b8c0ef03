/** What the keys of steps that were started begin with: in a file of its own, since every start looks for them. */
export const STEP_INTENT = 'codeMySpec.step ';
