/** After a new release, the parts of the app that an open page has not loaded yet are gone. */

const KEY = "spt3g-reloaded";
const PAUSE_MS = 60_000;

/** Loads the page anew when a part of it is gone; not again within a minute, so that it never goes round. */
export function reloadForFreshRelease(reload: () => void = () => window.location.reload()): void {
  window.addEventListener("vite:preloadError", () => {
    const now = Date.now();
    try {
      if (now - Number(sessionStorage.getItem(KEY) ?? 0) < PAUSE_MS) return;
      sessionStorage.setItem(KEY, String(now));
    } catch {
      return;
    }
    reload();
  });
}
