/** What is wrong with one value, in the words that the service uses too. */
export interface Problem {
  field: string;
  row: number | null;
  value: string | null;
  message: string;
}

/** A value that is refused; the field, row and value are added where they are known. */
export class Refusal extends Error {}

/** The value, or why it is refused. */
export function attempt<T>(read: () => T): { value: T } | { refused: string } {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof Refusal) return { refused: error.message };
    throw error;
  }
}
