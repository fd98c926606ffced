/** Notifications of this browser when jobs end, as long as the app is open in a tab of it. */
import { APP, ROOT } from "../api/base";
import { call } from "../api/client";
import { follow } from "../api/events";
import { isFinal } from "../api/phases";
import type { Job, Phase } from "../api/types";
import { TOLD_KEY } from "./told";

/** Which jobs: each one, or those of these ids. */
export interface Told {
  all: boolean;
  ids: string[];
}

const NONE: Told = { all: false, ids: [] };
let stop: (() => void) | null = null;

export function readTold(): Told {
  try {
    const read = JSON.parse(localStorage.getItem(TOLD_KEY) ?? "null") as Partial<Told> | null;
    return { all: read?.all === true, ids: Array.isArray(read?.ids) ? read.ids.filter((id) => typeof id === "string") : [] };
  } catch {
    return NONE;
  }
}

export function writeTold(told: Told): void {
  if (told.all || told.ids.length) localStorage.setItem(TOLD_KEY, JSON.stringify(told));
  else localStorage.removeItem(TOLD_KEY);
  watch();
}

/** Asks the user's permission; only ever called when they press a button that says so. */
export async function isAllowed(): Promise<boolean> {
  if (typeof Notification === "undefined") return false;
  if (Notification.permission === "default") await Notification.requestPermission();
  return Notification.permission === "granted";
}

/** Watches as long as there is something to watch for; also for jobs that have ended meanwhile. */
export function watch(): void {
  stop?.();
  stop = null;
  const { all, ids } = readTold();
  if ((!all && !ids.length) || typeof EventSource === "undefined") return;
  stop = follow(`${ROOT}/api/v1/cutout/events`, () => undefined, {
    job: (entry) => consider(entry.id, entry.phase, entry.runId),
    gone: forget,
    missed: () => void catchUp(),
    broken: () => undefined,
  });
  void catchUp();
}

/** Looks at the single jobs that are waited for: they may have ended while nobody watched. */
async function catchUp(): Promise<void> {
  for (const id of readTold().ids) {
    try {
      const job = await call<Job>(`/api/v1/cutout/async/${id}`);
      consider(id, job.phase, job.runId);
    } catch {
      // It is gone, or the service is away: the next event or visit tells.
    }
  }
}

function consider(id: string, phase: Phase, name: string | null | undefined): void {
  const told = readTold();
  if (!isFinal(phase) || phase === "ARCHIVED" || (!told.all && !told.ids.includes(id))) return;
  // One tag for all tabs: they show it once.
  const shown = new Notification(`Job ${name ?? id.slice(0, 8)} is ${phase}`, { tag: id, icon: `${APP}/icon.svg` });
  shown.onclick = () => {
    window.focus();
    location.assign(`${APP}/jobs/${id}`);
  };
  forget(id);
}

function forget(id: string): void {
  const told = readTold();
  if (told.ids.includes(id)) writeTold({ ...told, ids: told.ids.filter((each) => each !== id) });
}
