import type { Problem } from "../sky/refusal";
import { ROOT } from "./base";

/** A response that is not a success, in the service's own words. */
export class ApiError extends Error {
  readonly status: number;
  readonly title: string;
  readonly problems: readonly Problem[];
  readonly requestId: string | null;
  readonly retryAfter: number | null;

  constructor(status: number, detail: string, more: Partial<Pick<ApiError, "title" | "problems" | "requestId" | "retryAfter">> = {}) {
    super(detail);
    this.name = "ApiError";
    this.status = status;
    this.title = more.title ?? "Error";
    this.problems = more.problems ?? [];
    this.requestId = more.requestId ?? null;
    this.retryAfter = more.retryAfter ?? null;
  }
}

/** The service could not be reached at all. */
export class OfflineError extends Error {
  override readonly name = "OfflineError";
}

/** Whether an error may pass by itself: the service was not reached, or is not able to respond just now. */
export function isPassing(error: unknown): boolean {
  return error instanceof OfflineError || (error instanceof ApiError && [502, 503, 504].includes(error.status));
}

export interface Call {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  /** Entity tag of what is to be changed: if it is another one by now, nothing is. */
  ifMatch?: string;
  /** A form, an upload, or anything that becomes JSON. */
  body?: unknown;
  signal?: AbortSignal;
}

let csrf: string | null = null;
let onSignedOut: () => void = () => undefined;

/** Keeps the secret that unsafe requests by cookie carry. */
export function keepCsrf(secret: string | null): void {
  csrf = secret;
}

/** The secret, for forms that the browser sends itself. */
export function csrfSecret(): string | null {
  return csrf;
}

/** Says what to do when the service responds that nobody is signed in. */
export function whenSignedOut(react: () => void): void {
  onSignedOut = react;
}

/** Calls the service and reads its JSON. */
export async function call<T>(path: string, options: Call = {}): Promise<T> {
  const response = await callRaw(path, options);
  const text = await response.text();
  return (text && isJson(response) ? JSON.parse(text) : text) as T;
}

/** Calls the service and gives the response, once it is a success, for its body to be read as it is. */
export async function callRaw(path: string, { method = "GET", ifMatch, body, signal }: Call = {}): Promise<Response> {
  const response = await send(path, method, body, signal, "application/json", ifMatch ? { "If-Match": ifMatch } : {});
  if (!response.ok) throw await failure(response);
  return response;
}

/** Fetches a file from the service, whatever its kind. */
export async function fetchRaw(path: string, signal?: AbortSignal): Promise<Response> {
  const response = await send(path, "GET", undefined, signal, "*/*");
  if (!response.ok) throw await failure(response);
  return response;
}

async function send(
  path: string,
  method: string,
  body: unknown,
  signal: AbortSignal | undefined,
  accept: string,
  conditions: Record<string, string> = {},
): Promise<Response> {
  const headers: Record<string, string> = { Accept: accept, ...conditions };
  if (method !== "GET" && csrf) headers["X-CSRF-Token"] = csrf;
  const content = encode(body, headers);
  try {
    const response = await fetch(ROOT + path, { method, headers, body: content, signal: signal ?? null, credentials: "same-origin" });
    if (response.status === 401) onSignedOut();
    return response;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new OfflineError("The service does not respond. Check your connection; this page tries again by itself.");
  }
}

function encode(body: unknown, headers: Record<string, string>): BodyInit | null {
  if (body === undefined) return null;
  if (body instanceof FormData || body instanceof URLSearchParams) return body;
  headers["Content-Type"] = "application/json";
  return JSON.stringify(body);
}

function isJson(response: Response): boolean {
  return /[/+]json\b/.test(response.headers.get("Content-Type") ?? "");
}

async function failure(response: Response): Promise<ApiError> {
  const text = await response.text();
  const retry = Number(response.headers.get("Retry-After"));
  const retryAfter = Number.isFinite(retry) && retry > 0 ? retry : null;
  if (isJson(response)) {
    const problem = JSON.parse(text) as { title?: string; detail?: string; problems?: Problem[]; requestId?: string };
    return new ApiError(response.status, problem.detail ?? response.statusText, {
      title: problem.title ?? "Error",
      problems: problem.problems ?? [],
      requestId: problem.requestId ?? null,
      retryAfter,
    });
  }
  return new ApiError(response.status, text.slice(0, 500) || response.statusText, {
    requestId: response.headers.get("X-Request-ID"),
    retryAfter,
  });
}
