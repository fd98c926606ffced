import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { ApiError, call, OfflineError, whenSignedOut } from "../src/api/client";
import { statusLines, submissionEffect } from "../src/shell/Banner";
import { advice, ErrorNotice } from "../src/shell/ErrorNotice";
import { signInAddress } from "../src/shell/SignedOut";

const show = (error: unknown): void => {
  render(
    <MantineProvider env="test">
      <ErrorNotice error={error} title="No" />
    </MantineProvider>,
  );
};

describe("an error", () => {
  it.each([401, 403, 404, 413, 429, 500, 503, 400])("of status %i says what to do next", (status) => {
    expect(advice(new ApiError(status, "why"))).toMatch(/\.$/);
  });

  it("lists every problem with field, row and value", () => {
    show(new ApiError(400, "bad", { problems: [{ field: "RA", row: 3, value: "400", message: "must be from 0 to 360 degrees" }] }));
    expect(screen.getByRole("alert")).toHaveTextContent("RA, row 3 400 must be from 0 to 360 degrees");
  });

  it("names how long to wait, and the number to tell the operators", () => {
    expect(advice(new ApiError(429, "", { retryAfter: 17 }))).toContain("17 seconds");
    expect(advice(new ApiError(500, "", { requestId: "abc" }))).toContain("abc");
  });
});

describe("a call", () => {
  const respond = (body: string, init: ResponseInit): void => void vi.stubGlobal("fetch", () => Promise.resolve(new Response(body, init)));

  it("turns a problem document into an error", async () => {
    respond(JSON.stringify({ title: "UsageError", detail: "no", problems: [], requestId: "r1" }), { status: 400, headers: { "Content-Type": "application/problem+json" } });
    await expect(call("/x")).rejects.toMatchObject({ status: 400, message: "no", requestId: "r1" });
  });

  it("tells that nobody is signed in", async () => {
    const signedOut = vi.fn();
    whenSignedOut(signedOut);
    respond("AuthenticationError: no", { status: 401 });
    await expect(call("/x")).rejects.toMatchObject({ status: 401 });
    expect(signedOut).toHaveBeenCalledOnce();
  });

  it("says so when there is no response", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    await expect(call("/x")).rejects.toBeInstanceOf(OfflineError);
  });
});

describe("the banner", () => {
  const since = new Date().toISOString();
  const workers = { part: "workers", message: "No worker responds", since, jobs: "wait", effect: "Jobs wait." } as const;
  const disk = { part: "disk", message: "Storage is short", since, jobs: "are refused", effect: "New jobs are refused." } as const;

  it("shows maintenance, what is away and since when, and nothing else", () => {
    expect(statusLines({ maintenance: null, notices: [] })).toEqual([]);
    const [first, second] = statusLines({ maintenance: { message: "Tonight" }, notices: [workers] });
    expect(first).toBe("Tonight");
    expect(second).toMatch(/^No worker responds \(since .*:.*\)\. Jobs wait\.$/);
  });

  it("tells whoever submits of the worst", () => {
    expect(submissionEffect({ notices: [] })).toBeNull();
    expect(submissionEffect({ notices: [{ ...workers, jobs: "go on" }] })).toBeNull();
    expect(submissionEffect({ notices: [workers, disk] })).toBe("Storage is short. New jobs are refused.");
  });
});

describe("signing in", () => {
  it("comes back to the same page", () => {
    expect(signInAddress({ pathname: "/app/cutout/jobs", search: "?page=2" } as Location)).toBe("/account/login?next=%2Fapp%2Fcutout%2Fjobs%3Fpage%3D2");
  });
});
