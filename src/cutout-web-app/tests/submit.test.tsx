import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { emptyDraft } from "../src/newjob/draft";
import { SubmitPanel } from "../src/newjob/SubmitPanel";
import type { ServerCheck } from "../src/newjob/useServerCheck";
import { checkTable, VOCABULARY } from "./vocabulary";

const show = (state: ServerCheck["state"], isBehind = false): void => {
  const server = { state, validation: null, sent: [], error: null, again: () => undefined };
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <MemoryRouter>
          <SubmitPanel draft={emptyDraft(VOCABULARY)} change={() => undefined} checked={checkTable("1 -50")} pairs={[["RA", "1"]]} problems={[]} server={server} isBehind={isBehind} />
        </MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
};

beforeEach(() => void vi.stubGlobal("fetch", () => Promise.resolve(new Response("{}", { headers: { "Content-Type": "application/json" } }))));

describe("Submit", () => {
  it.each([["waiting", false], ["done", true]] as const)("waits for the check of what is written: %s, behind: %s", (state, isBehind) => {
    show(state, isBehind);
    expect(screen.getByRole("button", { name: "Submit" })).toBeDisabled();
    expect(screen.getByText(/The request is being checked/)).toBeInTheDocument();
  });

  it("is there once the check is done", () => {
    show("done");
    expect(screen.getByRole("button", { name: "Submit" })).toBeEnabled();
  });
});
