import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { keepCsrf } from "../src/api/client";
import type { Job, Outcome } from "../src/api/types";
import { productsOf } from "../src/job/products";
import JobPage from "../src/job/JobPage";
import JobsPage from "../src/jobs/JobsPage";
import { Frame } from "../src/shell/Frame";

const ID = "0123456789abcdef0123456789abcdef";
const row = (target: number, change: Partial<Outcome>): Outcome =>
  ({ target, objid: `t${target}`, ra: 1, dec: -50, map_id: "m", band: "150GHz", filetype: "filtered", obsid: "1", status: "ok", reason: null, covered: 1, file: null, preview: null, size: null, sha256: null, date_beg: null, targ_x: null, targ_y: null, north: null, ...change }) as Outcome;

const NEVER = new Promise<Response>(() => undefined);

/** A service with one job, whose state the tests change. */
const service = { owner: "demo", admin: false, isAway: false, total: 60, posts: [] as string[], done: 0, phase: "EXECUTING", products: "fits,preview", rows: [] as Outcome[], results: [] as unknown[], reads: [] as string[], unread: null as RegExp | null };

const info = (): Job["jobInfo"] => ({ progress: { parts_total: 4, parts_left: 2, pairs_total: 40, pairs_done: service.done }, outcomes: { ok: service.done, partial: 0, outside: 0, no_data: 0, failed: 0 }, pace: { left_s: 300 } });
const document_ = (): unknown => ({
  jobId: ID, runId: "mine", ownerId: service.owner, phase: service.phase, quote: null, creationTime: "2026-01-01T00:00:00Z", startTime: "2026-01-01T00:00:01Z", endTime: null,
  executionDuration: 0, destruction: null, parameters: service.products ? [{ id: "PRODUCTS", byReference: false, value: service.products }] : [], results: service.results, jobInfo: { ...info(), account: service.owner },
});
const DOCUMENTS: [RegExp, () => unknown][] = [
  [/\/targets\?/, () => ({ total: service.rows.length, offset: 0, rows: service.rows })],
  [/\/vocabulary$/, () => ({ bands: [{ name: "150GHz", aliases: [] }], defaults: { products: ["fits"] } })],
  [/\/account$/, () => ({ id: "demo", name: "demo", groups: [], scopes: [], admin: service.admin })],
  [/\/shares$/, () => ({ shares: [{ id: "s1", kind: "link", name: null, created: "2026-01-01T00:00:00Z" }] })],
  [/\/status$/, () => ({ maintenance: null, notices: [] })],
  [/\/async\?/, () => ({ total: service.total, jobs: [] })],
  [/\/async\/[0-9a-f]+$/, document_],
];

class Events {
  static last: Events;
  onopen: () => void = () => undefined;
  onerror: () => void = () => undefined;
  private readonly hearers = new Map<string, (message: { data: string }) => void>();
  constructor() {
    Events.last = this;
    setTimeout(() => this.onopen(), 0);
  }
  addEventListener = (name: string, hear: (message: { data: string }) => void): void => void this.hearers.set(name, hear);
  close = (): void => undefined;
  tell = (): void =>
    act(() => this.hearers.get("job")?.({ data: JSON.stringify({ id: ID, phase: service.phase, ownerId: "demo", jobInfo: info() }) }));
}

beforeEach(() => {
  Object.assign(service, { owner: "demo", admin: false, isAway: false, posts: [], done: 0, phase: "EXECUTING", products: "fits,preview", rows: [], results: [], reads: [], unread: null });
  keepCsrf(null);
  vi.stubGlobal("EventSource", Events);
  vi.stubGlobal("fetch", (address: string, { method }: RequestInit) => {
    if (service.isAway) return Promise.reject(new TypeError("Failed to fetch"));
    (method === "POST" ? service.posts : service.reads).push(address);
    if (service.unread?.test(address)) return NEVER;
    const found = DOCUMENTS.find(([pattern]) => pattern.test(address));
    return Promise.resolve(new Response(JSON.stringify(found?.[1]() ?? {}), { status: found ? 200 : 404, headers: { "Content-Type": "application/json" } }));
  });
});

const CHILDREN = [{ path: "/jobs/:id", element: <JobPage /> }, { path: "/jobs", element: <JobsPage /> }];

const open = async (path = `/jobs/${ID}`, heading = "mine"): Promise<ReturnType<typeof createMemoryRouter>> => {
  const router = createMemoryRouter([{ element: <Frame />, children: CHILDREN }], { initialEntries: [path] });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 5_000 } } })}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  await screen.findByRole("heading", { name: heading });
  return router;
};
const rowsRead = (): number => service.reads.filter((each) => each.includes("/targets?")).length;

describe("the page of a running job", () => {
  it("reads rows and results as events tell of progress, without a reload", async () => {
    await open();
    await screen.findByText(/Each stamp appears here/);
    expect(screen.queryByText("Download all")).toBeNull();
    Object.assign(service, { done: 10, rows: [row(1, { preview: "t1.png" })], results: [{ id: "result", href: "x", "mime-type": "application/x-tar" }] });
    Events.last.tell();
    await screen.findByText("Download all");
    await screen.findByRole("table", { name: "Previews" });
    expect(screen.getByText(/10 of 40 done/)).toBeInTheDocument();
  });

  it("reads them again at most every two seconds, however many events there are", async () => {
    await open();
    await screen.findByText(/Each stamp appears here/);
    const before = rowsRead();
    for (service.done = 1; service.done < 30; service.done += 1) Events.last.tell();
    await waitFor(() => expect(rowsRead()).toBe(before + 1));
    await act(() => new Promise((resolve) => setTimeout(resolve, 300)));
    expect(rowsRead()).toBe(before + 1);
  });

  it("says that previews come while only rows beside the maps are there", async () => {
    service.rows = [row(1, { status: "outside" })];
    await open();
    await screen.findByText(/No previews yet/);
    expect(screen.queryByText(/asked for no previews/)).toBeNull();
  });
});

describe("a job without pictures", () => {
  it.each([["fits", /asked for no previews/], ["", /asked for no previews/], ['["lightcurve"]', /asked for no previews/], ["fits,preview", /None of these targets has a preview/]])("says why: asked for %j", async (products, why) => {
    Object.assign(service, { phase: "COMPLETED", products, rows: [row(1, { status: "outside" })] });
    await open();
    await screen.findByText(why);
  });

  it("is asked for what its parameters say, in either notation", () => {
    const parameters = (value: string): Pick<Job, "parameters"> => ({ parameters: [{ id: "PRODUCTS", byReference: false, value }] });
    expect(productsOf(parameters("fits, preview"))).toEqual(["fits", "preview"]);
    expect(productsOf(parameters('["preview"]'))).toEqual(["preview"]);
    expect(productsOf({ parameters: [] })).toBeNull();
  });
});

describe("an abort", () => {
  const ASKS: [string, () => Promise<void>][] = [
    ["by the button", async () => void fireEvent.click(await screen.findByRole("button", { name: "Abort" }))],
    [
      "by the menu",
      async () => {
        fireEvent.click(screen.getByRole("button", { name: "What to do with mine" }));
        fireEvent.click(await screen.findByText("Abort, keep finished files"));
      },
    ],
  ];
  it.each(ASKS)("is confirmed first: %s", async (_, ask) => {
    await open();
    await ask();
    await screen.findByText(/cannot be continued/);
    expect(service.posts).toEqual([]);
    fireEvent.click(screen.getAllByRole("button", { name: "Abort" }).at(-1) ?? document.body);
    await waitFor(() => expect(service.posts).toEqual([`/api/v1/cutout/async/${ID}/phase`]));
  });
});

describe("the keys of an open stamp", () => {
  it("go on through targets and maps before the target's own rows are read", async () => {
    const rows = [1, 2, 3].flatMap((target) => ["m", "n"].map((map) => row(target, { map_id: map, preview: `${target}${map}.png` })));
    Object.assign(service, { phase: "COMPLETED", rows, unread: /TARGET=/ });
    const router = await open(`/jobs/${ID}?target=t1&map=m`);
    await screen.findByRole("button", { name: "Next target" });
    const presses = [["j", "t2", "m"], ["j", "t3", "m"], ["k", "t2", "m"], ["n", "t2", "n"], ["k", "t1", "n"], ["p", "t1", "m"]];
    for (const [key = "", target, map] of presses) {
      fireEvent.keyDown(document.documentElement, { key, code: `Key${key.toUpperCase()}` });
      await waitFor(() => expect(router.state.location.search).toBe(`?target=${target}&map=${map}`));
      await screen.findByRole("heading", { name: target });
    }
  });
});

describe("a reader of a shared job", () => {
  it("sees whose it is and who else may read it, and is offered no change", async () => {
    service.owner = "anna";
    await open();
    expect(await screen.findByText(/It is shared with you/)).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Abort" })).toBeNull();
    fireEvent.click(screen.getByRole("button", { name: "What to do with mine" }));
    fireEvent.click(await screen.findByText("Who may read it"));
    expect(await screen.findByText("each member who has the address")).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Share" })).toBeNull();
  });
});

describe("the owner of a job", () => {
  it("shares it with the group that is chosen, and ends a share", async () => {
    await open();
    fireEvent.click(screen.getByRole("button", { name: "What to do with mine" }));
    fireEvent.click(await screen.findByText("Share"));
    fireEvent.click(await screen.findByText("A group"));
    fireEvent.click(screen.getByRole("button", { name: "Share" }));
    await waitFor(() => expect(service.posts).toEqual([`/api/v1/cutout/async/${ID}/shares`]));
    fireEvent.click(await screen.findByRole("button", { name: "End sharing with the link" }));
    await waitFor(() => expect(service.reads).toContain(`/api/v1/cutout/async/${ID}/shares/s1`));
  });
});

describe("an administrator", () => {
  it("sees whose job it is, and is offered nothing that only its owner may do", async () => {
    Object.assign(service, { admin: true, owner: "anna" });
    await open();
    expect(await screen.findByText("anna", { selector: "strong" })).toBeInTheDocument();
    expect(screen.queryByRole("button", { name: "Abort" })).toBeNull();
    fireEvent.click(screen.getByRole("button", { name: "What to do with mine" }));
    await screen.findByText("Clone into the form");
    for (const label of ["Delete", "Rename", "Abort, keep finished files"]) expect(screen.queryByText(label)).toBeNull();
  });

  it("changes jobs of their own as anybody does", async () => {
    service.admin = true;
    await open();
    expect(await screen.findByRole("button", { name: "Abort" })).toBeInTheDocument();
    expect(screen.queryByText(/You see it as an administrator/)).toBeNull();
  });
});

describe("an outage", () => {
  it("shows as soon as the events break, and nothing is said of the time left meanwhile", async () => {
    await open();
    await screen.findByText(/about 5 min left/);
    service.isAway = true;
    act(() => Events.last.onerror());
    await screen.findByText(/The service does not respond since/);
    await waitFor(() => expect(screen.queryByText(/left/)).toBeNull());
  });
});

describe("the list of jobs", () => {
  it.each([["?page=9999", "?page=3"], ["?page=4&sort=runid", "?sort=runid&page=3"]])("goes to its last page when the address asks for a later one: %s", async (asked, shown) => {
    const router = await open(`/jobs${asked}`, "Jobs");
    await waitFor(() => expect(router.state.location.search).toBe(shown));
  });
});

describe("another page", () => {
  it.each([["/jobs", "Jobs", `/jobs/${ID}`, "mine"], [`/jobs/${ID}`, "mine", "/jobs", "Jobs"]])("gets the focus, as after a submission and after a deletion: from %s", async (from, before, to, after) => {
    const router = await open(from, before);
    await act(() => router.navigate(to));
    await screen.findByRole("heading", { name: after });
    expect(document.activeElement).toBe(document.getElementById("main"));
  });

  it("gets it when the job that was shown is deleted", async () => {
    service.phase = "COMPLETED";
    await open();
    fireEvent.click(screen.getByRole("button", { name: "What to do with mine" }));
    fireEvent.click(await screen.findByText("Delete"));
    expect(service.posts).toEqual([]);
    fireEvent.click(await screen.findByRole("button", { name: "Delete the job mine" }));
    await screen.findByRole("heading", { name: "Jobs" });
    await waitFor(() => expect(document.activeElement).toBe(document.getElementById("main")));
  });
});
