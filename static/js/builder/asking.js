// Asks the server. The newest question wins: an older one is cancelled, and its answer never shown.
export class Asker {
  constructor(url, token, wait = 30) {
    Object.assign(this, { url, token, wait });
    this.number = 0;
    this.timer = 0;
    this.controller = null;
  }

  // Waits a moment for further edits, then asks; `answer(body)` only if nothing newer was asked since.
  later(body, answer, failed, wait = this.wait) {
    const number = (this.number += 1);
    clearTimeout(this.timer);
    this.controller?.abort();
    this.timer = setTimeout(async () => {
      this.controller = new AbortController();
      try {
        const { status, body: found } = await send(this.url, this.token, body, this.controller.signal);
        if (number === this.number) answer(found, status);
      } catch (error) {
        if (number === this.number && error.name !== "AbortError") failed?.(error);
      }
    }, wait);
  }

  cancel() {
    this.number += 1;
    clearTimeout(this.timer);
    this.controller?.abort();
  }
}

export async function send(url, token, body, signal, keepalive = false) {
  const response = await fetch(url, {
    method: "POST", signal, keepalive, credentials: "same-origin",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token, Accept: "application/json" },
    body: JSON.stringify(body),
  });
  if (response.redirected && new URL(response.url).pathname !== new URL(url, location.href).pathname) throw new SignedOut();
  const type = response.headers.get("Content-Type") ?? "";
  if (!type.includes("json")) throw new Error(response.status === 403 ? "forbidden" : "unreadable");
  return { status: response.status, body: await response.json() };
}

export class SignedOut extends Error {}

export function sentenceFor(error) {
  if (error instanceof SignedOut) return "You were signed out. Your draft is kept in this browser: sign in again in another tab, then go on here.";
  if (error.message === "forbidden") return "This page is too old to be answered. Your draft is kept: reload the page.";
  return "The server could not be reached. Your draft is kept in this browser; counting goes on with your next edit.";
}
