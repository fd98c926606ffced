import type { Problem } from "../sky/refusal";

export const PHASES = ["PENDING", "QUEUED", "EXECUTING", "COMPLETED", "ERROR", "ABORTED", "HELD", "SUSPENDED", "UNKNOWN", "ARCHIVED"] as const;
export type Phase = (typeof PHASES)[number];

export interface Progress {
  parts_total: number;
  parts_left: number;
  pairs_total: number;
  pairs_done: number;
}

export interface Outcomes {
  ok: number;
  partial: number;
  outside: number;
  no_data: number;
  failed: number;
}

export interface JobInfo {
  progress: Progress;
  outcomes: Outcomes;
  snapshot?: string;
  /** Id of the account whose job it is. */
  account?: string;
  stored_bytes?: number;
  /** Job that this one repeats, in part or for newer maps. */
  parent?: string | null;
  /** Why it failed or was aborted. */
  reason?: string | null;
  pace?: { jobs_ahead?: number; parts_ahead?: number; left_s?: number };
}

/** A job as the list has it. */
export interface JobEntry {
  id: string;
  href: string;
  phase: Phase;
  runId?: string;
  ownerId: string;
  creationTime: string;
  startTime?: string | null;
  endTime?: string | null;
  destruction?: string | null;
  jobInfo?: JobInfo;
}

export interface JobList {
  jobs: JobEntry[];
  total?: number;
}

/** Who may read a job besides its owner; a link has no name. */
export interface JobShare {
  id: string;
  kind: "member" | "group" | "link";
  name: string | null;
  created: string;
}

export interface JobComment {
  id: string;
  /** Account id of the author. */
  account: string;
  author: string;
  created: string;
  text: string;
}

export interface Parameter {
  id: string;
  byReference: boolean;
  value: string;
}

export interface Job {
  jobId: string;
  runId?: string;
  ownerId: string;
  phase: Phase;
  quote: string | null;
  creationTime: string;
  startTime: string | null;
  endTime: string | null;
  executionDuration: number;
  destruction: string | null;
  parameters: Parameter[];
  results: { id: string; href: string; "mime-type": string; size?: number }[];
  errorSummary?: { type: string; hasDetail: boolean; message: string };
  jobInfo: JobInfo;
}

export const STATUSES = ["ok", "partial", "outside", "no-data", "failed"] as const;
export type Status = (typeof STATUSES)[number];

/** A target on a map, and what became of it. */
export interface Outcome {
  target: number;
  objid: string;
  /** What its files are called. */
  stem?: string | null;
  ra: number;
  dec: number;
  xsize: number;
  ysize: number;
  map_id: string;
  band: string;
  filetype: string;
  obsid: string;
  date_beg: string | null;
  status: Status;
  reason: string | null;
  covered: number | null;
  centre_covered: boolean | null;
  targ_x: number | null;
  targ_y: number | null;
  north: number | null;
  file: string | null;
  size: number | null;
  sha256: string | null;
  preview: string | null;
  unit?: string | null;
  beam?: number | null;
  /** Side of a pixel [arcmin]. */
  pixel_scale?: number | null;
  /** Value of the preview's last entry, and the noise, in `unit`. */
  preview_range?: number | null;
  sigma?: number | null;
  /** Files that are made of several stamps, this one among them. */
  coadd?: string | null;
  difference?: string | null;
  mosaic?: string | null;
  stack?: string | null;
  cube?: string | null;
  animation?: string | null;
  colour?: string | null;
  colour_channel?: "red" | "green" | "blue" | null;
  /** The stamp in the pixel that holds the target: value and its error in `unit`, weight in `weight_unit`. */
  value?: number | null;
  weight?: number | null;
  error?: number | null;
  snr?: number | null;
  weight_unit?: string | null;
}

export interface OutcomePage {
  total: number;
  offset: number;
  rows: Outcome[];
}

export interface Account {
  id: string;
  name: string;
  groups: string[];
  scopes: string[];
  admin: boolean;
  csrf?: string;
  session?: { id: string; expires: string };
  limits?: {
    active: Share;
    pending: Share;
    stored: Share;
    targets?: { limit: number };
  };
}

/** What is used of what one may have. */
export interface Share {
  used: number;
  limit: number;
}

export const SCOPES = ["jobs:read", "jobs:write", "data:read"] as const;
export type Scope = (typeof SCOPES)[number];

export interface Token {
  id: string;
  name: string | null;
  scopes: Scope[];
  created: string;
  expires: string;
  lastUsed: string | null;
  revoked: string | null;
  chain: string;
  chainExpires: string;
  current: boolean;
}

export interface Session {
  id: string;
  created: string;
  lastUsed: string;
  expires: string;
  agent: string | null;
  current: boolean;
}

export interface MapGroup {
  band: string;
  filetype: string;
  tag: string | null;
  maps: number;
  first: string | null;
  last: string | null;
  /** Whether any of the maps has pixels in rows and columns. */
  has_grid?: boolean;
  /** States of polarisation that any of the maps holds. */
  pol_states?: string[];
  pixel_scale?: number | null;
  unit?: string | null;
}

/** What a request may say: names in the order in which they are offered. */
export interface Vocabulary {
  bands: { name: string; aliases: string[] }[];
  filetypes: { name: string; summary: string }[];
  products: { name: string; summary: string; stamps: boolean }[];
  projections: string[];
  orders: { name: string; antialiased: boolean }[];
  defaults: { size: number; bands: string[]; filetypes: string[]; newest_filetypes: string[]; products: string[]; projection: string; order: string; pad: boolean };
  limits: { targets: number; size_min: number; size_max: number; pixel_scale_min: number; pixel_scale_max: number };
  map_pixel_scale: number;
}

export interface MapSummary {
  snapshot: string;
  groups: MapGroup[];
}

export interface Footprint {
  band: string;
  filetype: string;
  tag?: string | null;
  polygons: [number, number][][];
}

export type Covered = "inside" | "edge" | "outside";

export interface TargetCoverage {
  row: number;
  objid: string;
  /** What the target's files are called. */
  stem?: string;
  ra: number;
  dec: number;
  coverage: { band: string; filetype: string; tag: string | null; maps: number; covered: Covered }[];
}

/** Rows that can be read in several ways; none is taken. */
export interface Ambiguity {
  field: string;
  message: string;
  rows: number[];
  /** Where the first of the rows are when they are read so. */
  readings: { name: "hours" | "degrees"; write: string; positions: { row: number; ra: number; dec: number }[] }[];
}

export interface Validation {
  ok: boolean;
  problems: Problem[];
  problems_total?: number;
  warnings?: Problem[];
  warnings_total?: number;
  ambiguities?: Ambiguity[];
  targets: TargetCoverage[];
  selection?: { maps: number; files?: string[]; bands: string[]; filetypes: string[]; tags?: string[]; first?: string | null; last?: string | null } | null;
  estimate?: { pairs?: number; files: number; bytes: number; seconds_low: number; seconds_high: number; waiting_s?: number } | null;
  /** A job of one's own that made the same, or is about to. */
  same_job?: JobEntry | null;
}

export interface ServiceStatus {
  maintenance?: { message: string; since?: string } | string | null;
  notices?: Notice[];
}

/** A part of the service that is away or short. */
export interface Notice {
  part: string;
  message: string;
  since: string;
  /** What becomes of jobs that are submitted meanwhile. */
  jobs: "go on" | "wait" | "are refused";
  effect: string;
}

export type SkyPlane = "SCI" | "WGT";

/** A coadd as a layer of the sky. */
export interface SkyLayer {
  id: string;
  version: string;
  band: string;
  filetype: string;
  tag: string;
  field: string;
  unit: string | null;
  weight_unit: string | null;
  planes: SkyPlane[];
  beam_arcmin: number | null;
  width: number;
  height: number;
  /** Smallest box around the observed pixels: x0, y0, x1, y1, from 0, ends excluded. */
  observed_box: [number, number, number, number];
  pixel_scale_arcmin: number;
  projection: string;
  frame: string;
  wcs: Record<string, number | string | boolean>;
  /** Coarsest first; the last one has the map's own pixels. */
  levels: { factor: number; width: number; height: number; tiles_across: number; tiles_up: number }[];
}

export interface SkyCatalogue {
  name: string;
  version: string;
  title: string;
  description: string;
  credit: string;
  size: string | null;
  objects: number;
  refused: number;
  shown: boolean;
}

export interface SkyObjects extends SkyCatalogue {
  overflow: boolean;
  rows: { name: string; ra: number; dec: number; size: number | null; link: string | null }[];
}

export interface SkyStatistics {
  id: string;
  version: string;
  plane: SkyPlane;
  limits: [number, number] | null;
  levels: { median: number | null; rms: number | null }[];
}
