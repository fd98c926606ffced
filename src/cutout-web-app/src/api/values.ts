/** Values of a parameter that takes several: with commas between them, or as a JSON list. */
export function listedValues(value: string): string[] {
  if (value.startsWith("[")) return (JSON.parse(value) as unknown[]).map(String);
  return value.split(",").map((each) => each.trim()).filter(Boolean);
}
