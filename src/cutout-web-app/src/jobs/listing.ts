/** The view of the job list, as the address keeps it. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call } from "../api/client";
import { PHASES, type JobList, type Phase } from "../api/types";

export const PAGE_SIZE = 25;
export const SORTS = ["created", "phase", "runid", "size", "destruction"] as const;
export type Sort = (typeof SORTS)[number];

export interface Listing {
  phases: Phase[];
  text: string;
  sort: Sort;
  isDescending: boolean;
  /** Whether it is of others' jobs, which they share. */
  isShared: boolean;
  page: number;
}

/** Reads the view from the address; what it does not know it leaves at the default. */
export function readListing(search: URLSearchParams): Listing {
  const sort = search.get("sort") ?? "-created";
  const name = sort.replace(/^-/, "") as Sort;
  const page = Number(search.get("page") ?? "1");
  return {
    phases: search.getAll("phase").filter((each): each is Phase => (PHASES as readonly string[]).includes(each)),
    text: search.get("text") ?? "",
    sort: SORTS.includes(name) ? name : "created",
    isDescending: SORTS.includes(name) ? sort.startsWith("-") : true,
    isShared: search.get("list") === "shared",
    page: Number.isInteger(page) && page > 0 ? page : 1,
  };
}

/** Writes the view for the address; defaults are left out. */
export function writeListing(listing: Listing): URLSearchParams {
  const search = new URLSearchParams();
  if (listing.isShared) search.set("list", "shared");
  for (const phase of listing.phases) search.append("phase", phase);
  if (listing.text) search.set("text", listing.text);
  if (listing.sort !== "created" || !listing.isDescending) search.set("sort", (listing.isDescending ? "-" : "") + listing.sort);
  if (listing.page > 1) search.set("page", String(listing.page));
  return search;
}

export function listQuery(listing: Listing) {
  const ask = new URLSearchParams();
  for (const phase of listing.phases) ask.append("PHASE", phase);
  if (listing.text) ask.set("TEXT", listing.text);
  ask.set("SORT", (listing.isDescending ? "-" : "") + listing.sort);
  ask.set("OFFSET", String((listing.page - 1) * PAGE_SIZE));
  ask.set("LIMIT", String(PAGE_SIZE));
  const address = `/api/v1/cutout/${listing.isShared ? "shared" : "async"}?${ask.toString()}`;
  return queryOptions({
    queryKey: ["jobs", address],
    queryFn: ({ signal }) => call<JobList>(address, { signal }),
    placeholderData: keepPreviousData,
  });
}
