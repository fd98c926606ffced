import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { ROOT } from "../api/base";

/** Address that signs in and comes back to where the user is. */
export function signInAddress(here: Location = window.location): string {
  return `${ROOT}/account/login?next=${encodeURIComponent(here.pathname + here.search)}`;
}

/** What a visitor without a session sees. */
export function SignedOut(): ReactNode {
  return (
    <section className="signed-out">
      <h1>Postage stamps of SPT-3G maps</h1>
      <p>Name positions on the southern sky and get FITS stamps, previews and a manifest that says what became of each target.</p>
      <p>You are signed out. Sign in with your collaboration account; you come back to this page, and what you have entered is kept.</p>
      <Button component="a" href={signInAddress()} size="md">
        Sign in
      </Button>
    </section>
  );
}
