// Asks the server. The newest question wins: an older one is cancelled, and its answer never shown. Where no answer
// comes, it is asked again, less and less often, and at once when the connection or the session is back.
const LONGEST = 30_000;
const AGAIN = [1_500, 3_000, 6_000, 12_000, 30_000];
const listeners = new Set();
let renewed = ""; // the form's token after somebody signed in again
const broken = new Map(); // address -> why it gave no answer; the line is whole when each has answered again

export class SignedOut extends Error {}

export class Unanswered extends Error {
  constructor(status = 0) {
    super(status ? `the server answered ${status}` : "no answer");
    this.status = status;
  }
}

// `listener(error)` whenever the line breaks, `listener(null)` when it is whole again.
export function onLine(listener) {
  listeners.add(listener);
}

function tell(url, error) {
  const before = [...broken.values()].at(-1) ?? null;
  if (error) broken.set(url, error);
  else {
    // Any answer shows that the server is reached and knows us; what it could not answer is broken until it can.
    for (const [other, why] of broken) if (other === url || !why.status) broken.delete(other);
  }
  const now = [...broken.values()].at(-1) ?? null;
  const same = before === now || (before && now && before.constructor === now.constructor && before.status === now.status);
  if (!same) for (const listener of listeners) listener(now);
}

const waiting = new Set(); // what is asked again as soon as somebody comes back

export function tryNow() {
  for (const again of [...waiting]) again();
}

addEventListener("online", tryNow);
addEventListener("focus", tryNow);
document.addEventListener("visibilitychange", () => { if (!document.hidden) tryNow(); });

export class Asker {
  constructor(url, token, wait = 30) {
    Object.assign(this, { url, token, wait });
    this.number = 0;
    this.timer = 0;
    this.controller = null;
    this.again = null;
  }

  // Waits a moment for further edits, then asks; `answer(body)` only if nothing newer was asked since.
  later(body, answer, failed, wait = this.wait) {
    this.cancel();
    const number = this.number;
    let tries = 0;
    const ask = async () => {
      clearTimeout(this.timer);
      this.forget();
      this.controller = new AbortController();
      try {
        const { status, body: found } = await send(this.url, this.token, body, this.controller.signal);
        if (number === this.number) answer(found, status);
      } catch (error) {
        if (number !== this.number || error.name === "AbortError") return;
        failed?.(error);
        this.again = ask;
        waiting.add(ask);
        // Who was signed out comes back by a hand, not by waiting.
        if (!(error instanceof SignedOut)) this.timer = setTimeout(ask, AGAIN[Math.min(tries, AGAIN.length - 1)]);
        tries += 1;
      }
    };
    this.timer = setTimeout(ask, wait);
  }

  forget() {
    waiting.delete(this.again);
    this.again = null;
  }

  cancel() {
    if (this.again) broken.delete(this.url); // what was asked in vain is not wanted any more
    this.number += 1;
    clearTimeout(this.timer);
    this.forget();
    this.controller?.abort();
  }
}

export async function send(url, token, body, signal, keepalive = false) {
  try {
    const found = await post(url, renewed || token, body, signal, keepalive) ?? await post(url, await renew(), body, signal, keepalive);
    if (!found) throw new Unanswered(403);
    tell(url, null);
    return found;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    const known = error instanceof SignedOut || error instanceof Unanswered ? error : new Unanswered();
    if (!known.status || signal) tell(url, known); // what is asked once tells its own trouble where it was asked
    throw known;
  }
}

// The answer; null where the form's token is one of a session that is over.
async function post(url, token, body, signal, keepalive) {
  const limit = AbortSignal.timeout(LONGEST);
  const response = await fetch(url, {
    method: "POST", keepalive, credentials: "same-origin", signal: signal ? AbortSignal.any([signal, limit]) : limit,
    headers: { "Content-Type": "application/json", "X-CSRFToken": token, Accept: "application/json" },
    body: JSON.stringify(body),
  });
  if (response.redirected && new URL(response.url).pathname !== new URL(url, location.href).pathname) throw new SignedOut();
  if ((response.headers.get("Content-Type") ?? "").includes("json")) return { status: response.status, body: await response.json() };
  if (response.status === 403) return null;
  throw new Unanswered(response.status);
}

// Signing in again changes the token of forms: it is read from this very page.
async function renew() {
  const response = await fetch(location.href, { credentials: "same-origin", headers: { Accept: "text/html" } });
  if (response.redirected && new URL(response.url).pathname !== location.pathname) throw new SignedOut();
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  renewed = page.querySelector("#save-form [name=csrfmiddlewaretoken]")?.value ?? "";
  return renewed;
}

export function sentenceFor(error) {
  if (error instanceof SignedOut) return "You were signed out. What you entered is kept: sign in again in another tab, then go on here.";
  if (!navigator.onLine) return "You are offline. What you entered is kept in this browser.";
  if (error.status === 403) return "You may not do this any more. What you entered is kept in this browser; ask an administrator for the right to edit segments.";
  if (error.status) return `The server has a problem (error ${error.status}). What you entered is kept in this browser.`;
  return "The server could not be reached. What you entered is kept in this browser.";
}
