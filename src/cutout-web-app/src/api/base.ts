/** Path of the service's root, without a slash at its end: the app stands at `<root>/app/cutout/`. */
export const ROOT = new URL(document.baseURI).pathname.replace(/\/app\/cutout\/.*$/, "").replace(/\/$/, "");

/** Path of the app itself, for the router. */
export const APP = `${ROOT}/app/cutout`;

/** The service's address as others should type it. */
export function serviceUrl(): string {
  return window.location.origin + ROOT;
}
