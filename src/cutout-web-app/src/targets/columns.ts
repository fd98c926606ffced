/** Columns of a table of targets: which names mean what. */

export const FIELDS = ["OBJID", "RA", "DEC", "XSIZE", "YSIZE", "TMIN", "TMAX"] as const;
export type Field = (typeof FIELDS)[number];

/** Index of the table's column for each field; null where the user wants none. */
export type Mapping = Partial<Record<Field, number | null>>;

export const FIELD_LABELS: Record<Field, string> = {
  OBJID: "Name (OBJID)",
  RA: "Right ascension (RA)",
  DEC: "Declination (DEC)",
  XSIZE: "Width, arcmin (XSIZE)",
  YSIZE: "Height, arcmin (YSIZE)",
  TMIN: "From, MJD (TMIN)",
  TMAX: "Until, MJD (TMAX)",
};

const SYNONYMS: Record<Field, readonly string[]> = {
  OBJID: ["objid", "id", "name", "object", "source", "target", "sourceid", "objectid", "targetname", "designation", "srcname", "sptid"],
  RA: ["ra", "radeg", "raj2000", "raicrs", "rightascension", "alpha", "alphaj2000", "rad"],
  DEC: ["dec", "decdeg", "decl", "de", "dej2000", "decj2000", "deicrs", "decicrs", "declination", "delta", "deltaj2000"],
  XSIZE: ["xsize"],
  YSIZE: ["ysize"],
  TMIN: ["tmin"],
  TMAX: ["tmax"],
};

const ADVICE: Record<string, string> = {
  size: "sizes are read from XSIZE and YSIZE, in arcmin",
  radius: "sizes are read from XSIZE and YSIZE, in arcmin",
  mjd: "times are read from TMIN and TMAX, as MJD",
  time: "times are read from TMIN and TMAX, as MJD",
  band: "bands are chosen once for the whole request",
  bands: "bands are chosen once for the whole request",
  filetype: "it is chosen once for the whole request",
  coadd: "it is chosen once for the whole request",
};

/** Finds the columns by their names; the exact names of the service win over similar ones. */
export function guessColumns(names: readonly string[]): Mapping {
  const mapping: Mapping = {};
  for (const field of FIELDS) {
    const exact = names.findIndex((name) => name.toUpperCase() === field);
    const found = exact >= 0 ? exact : names.findIndex((name) => SYNONYMS[field].includes(bare(name)));
    if (found >= 0) mapping[field] = found;
  }
  return mapping;
}

/** Whether the names can be a heading: they name a right ascension and a declination. */
export function isHeading(names: string[]): boolean {
  const { RA, DEC } = guessColumns(names);
  return RA !== undefined && DEC !== undefined;
}

/** Columns that are read under another name than the service's. */
export function renamed(names: readonly string[], mapping: Mapping): [string, Field][] {
  return FIELDS.flatMap((field) => {
    const at = mapping[field];
    const name = at == null ? undefined : names[at];
    return name !== undefined && name.toUpperCase() !== field ? [[name, field] as [string, Field]] : [];
  });
}

/** Columns that are left alone, with advice where their names say that something was meant. */
export function unused(names: readonly string[], mapping: Mapping): { name: string; advice: string | null }[] {
  const used = new Set(Object.values(mapping));
  return names.flatMap((name, at) => (used.has(at) ? [] : [{ name: name || `column ${at + 1}`, advice: ADVICE[bare(name)] ?? null }]));
}

function bare(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}
