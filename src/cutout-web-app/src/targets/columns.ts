/** Columns of a table of targets: which names mean what. */

export const FIELDS = ["OBJID", "RA", "DEC", "XSIZE", "YSIZE", "TMIN", "TMAX", "STACK"] as const;
export type Field = (typeof FIELDS)[number];

/** Texts of a row by what they mean. */
export type Cells = Partial<Record<Field, string>>;

/** Index of the table's column for each field; null where the user chose none. */
export type Mapping = Partial<Record<Field, number | null>>;

export const FIELD_LABELS: Record<Field, string> = {
  OBJID: "Name (OBJID)",
  RA: "Right ascension (RA)",
  DEC: "Declination (DEC)",
  XSIZE: "Width, arcmin (XSIZE)",
  YSIZE: "Height, arcmin (YSIZE)",
  TMIN: "From, MJD (TMIN)",
  TMAX: "Until, MJD (TMAX)",
  STACK: "Stacked with its like (STACK)",
};

const SYNONYMS: Record<Field, readonly string[]> = {
  OBJID: [
    "objid", "id", "name", "object", "source", "target", "sourceid", "objectid", "objectname", "sourcename", "targetname", "designation",
    "identifier", "srcname", "sptid",
  ],
  RA: ["ra", "radeg", "raj2000", "raicrs", "rightascension", "alpha", "alphaj2000", "rad"],
  DEC: ["dec", "decdeg", "decl", "de", "dej2000", "decj2000", "deicrs", "decicrs", "declination", "delta", "deltaj2000"],
  XSIZE: ["xsize"],
  YSIZE: ["ysize"],
  TMIN: ["tmin"],
  TMAX: ["tmax"],
  STACK: ["stack"],
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

/**
 * Finds the columns by their names; where several could be a coordinate, none is taken. Without OBJID the names are the first column that
 * is called as names are and can name every row, as the service does it.
 */
export function guessColumns(names: readonly string[], canName: (column: number) => boolean): Mapping {
  const mapping: Mapping = {};
  for (const field of FIELDS) {
    const [found, another] =
      field === "OBJID" ? candidates(names, field).filter((at) => isExact(names[at], field) || canName(at)) : candidates(names, field);
    const isUncertain = another !== undefined && (field === "RA" || field === "DEC");
    if (found !== undefined && !isUncertain) mapping[field] = found;
  }
  return mapping;
}

/** Columns that could be a field; the exact names of the service win over similar ones. */
export function candidates(names: readonly string[], field: Field): number[] {
  const where = (matches: (name: string) => boolean): number[] => names.flatMap((name, at) => (matches(name) ? [at] : []));
  const exact = where((name) => isExact(name, field));
  return exact.length ? exact : where((name) => SYNONYMS[field].includes(bare(name)));
}

/** Whether the names can be a heading: they name a right ascension and a declination. */
export function isHeading(names: string[]): boolean {
  return candidates(names, "RA").length > 0 && candidates(names, "DEC").length > 0;
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

function isExact(name: string | undefined, field: Field): boolean {
  return name?.toUpperCase() === field;
}

function bare(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}
