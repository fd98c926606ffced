/** What ends something for good is asked for twice: tokens, one session, all other sessions. */
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Sessions } from "../src/account/Sessions";
import { Tokens } from "../src/account/Tokens";

const NOW = "2026-01-01T00:00:00Z";
const token = (id: string, name: string | null) => ({ id, name, scopes: ["jobs:read"], created: NOW, expires: NOW, lastUsed: null, revoked: null, chain: id, chainExpires: NOW, current: false });
const session = (id: string, current: boolean) => ({ id, created: NOW, lastUsed: NOW, expires: NOW, agent: "Firefox/1 Linux", current });

let ended: string[] = [];

beforeEach(() => {
  ended = [];
  vi.stubGlobal("fetch", (address: string, { method }: RequestInit) => {
    if (method === "DELETE") ended.push(address);
    const document = { tokens: [token("t1", "laptop"), token("t2", null)], sessions: [session("s1", true), session("s2", false)] };
    return Promise.resolve(new Response(JSON.stringify(document), { headers: { "Content-Type": "application/json" } }));
  });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <Tokens />
        <Sessions hasSession />
      </QueryClientProvider>
    </MantineProvider>,
  );
});

const CASES = [
  ["Revoke laptop", "Revoke the token", "/api/v1/account/tokens/t1"],
  ["Revoke t2", "Revoke the token", "/api/v1/account/tokens/t2"],
  ["End", "End the session", "/api/v1/account/sessions/s2"],
  ["Sign out everywhere else", "Sign out everywhere else", "/api/v1/account/sessions"],
] as const;

const asked = async (button: string): Promise<HTMLElement> => {
  fireEvent.click(await screen.findByRole("button", { name: button }));
  return screen.findByRole("dialog");
};

describe("a credential", () => {
  it.each(CASES)("is not ended by one click: %s", async (button, action, address) => {
    const dialog = await asked(button);
    expect(ended).toEqual([]);
    fireEvent.click(within(dialog).getByRole("button", { name: action }));
    await waitFor(() => expect(ended).toEqual([address]));
  });

  it.each(CASES)("is kept by who thinks again: %s", async (button) => {
    fireEvent.click(within(await asked(button)).getByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(ended).toEqual([]);
  });
});
