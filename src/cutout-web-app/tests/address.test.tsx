/** Changes of what a page shows add up, however closely they follow each other. */
import { act, render, screen } from "@testing-library/react";
import { useEffect } from "react";
import { createBrowserRouter, RouterProvider } from "react-router";
import { beforeEach, expect, test } from "vitest";
import { useAddressState, type AddressChange } from "../src/shell/useAddressState";

interface Shown {
  band: string;
  zoom: string;
  colours: string;
}

const read = (query: URLSearchParams): Shown => ({
  band: query.get("band") ?? "150",
  zoom: query.get("zoom") ?? "1",
  colours: query.get("colours") ?? "red",
});
const write = (shown: Shown): URLSearchParams => new URLSearchParams({ ...shown });

/** The change that each rendering gave, the newest last. */
const given: AddressChange<Shown>[] = [];

function Page() {
  const { shown, change } = useAddressState(read, write);
  useEffect(() => {
    given.push(change);
  }, [change]);
  return <p>{Object.values(shown).join(" ")}</p>;
}

const change: AddressChange<Shown> = (part, options) => given.at(-1)?.(part, options);

async function inOneTurn(does: () => void): Promise<void> {
  await act(() => {
    does();
    return Promise.resolve();
  });
}

beforeEach(() => {
  window.history.replaceState(null, "", "/sky?zoom=2");
  render(<RouterProvider router={createBrowserRouter([{ path: "/sky", element: <Page /> }])} />);
});

test("what is changed in one turn is all kept", async () => {
  await inOneTurn(() => {
    change({ band: "90" });
    change({ zoom: "3" });
    change({ colours: "grey" });
  });
  expect(screen.getByText("90 3 grey")).toBeTruthy();
  expect(window.location.search).toBe("?band=90&zoom=3&colours=grey");
});

test("a change by what was rendered before another takes nothing back", async () => {
  const old = given.at(-1);
  await inOneTurn(() => change({ band: "90" }));
  await inOneTurn(() => old?.({ zoom: "3" }));
  expect(screen.getByText("90 3 red")).toBeTruthy();
});

test("a change adds no page to go back to, unless that is asked for", async () => {
  const pages = window.history.length;
  await inOneTurn(() => change({ band: "90" }));
  expect(window.history.length).toBe(pages);
  await inOneTurn(() => change({ band: "220" }, { replace: false }));
  expect(window.history.length).toBe(pages + 1);
});
