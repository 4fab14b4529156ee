// Keeps the draft on the server, and tells who else has the segment open.
import { onLine, send } from "./asking.js";
import { h, icon } from "./dom.js";

const WAIT = 700;
const AGAIN = 10_000;
const EACH = 15_000;

export class Keeper {
  constructor({ url, token, place, segment }) {
    Object.assign(this, { url, token, place, segment });
    this.timer = 0;
    this.waiting = null;
    this.kept = false;
    addEventListener("pagehide", () => this.flush(true));
    addEventListener("online", () => this.flush());
    onLine((error) => { if (!error) this.flush(); });
  }

  later(document, version) {
    this.waiting = { document, version };
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), WAIT);
  }

  forget() {
    this.waiting = null;
    clearTimeout(this.timer);
    if (!this.kept) return;
    this.kept = false;
    this.post({});
  }

  flush(leaving = false) {
    clearTimeout(this.timer);
    if (!this.waiting) return;
    const body = this.waiting;
    this.waiting = null;
    this.kept = true;
    this.post(body, leaving);
  }

  // The draft as it is now, on the server before anything else happens.
  async now(document, version) {
    clearTimeout(this.timer);
    this.waiting = null;
    this.kept = true;
    return this.post({ document, version });
  }

  async post(body, leaving = false) {
    try {
      await send(this.url, this.token, { place: this.place, segment: this.segment, ...body }, undefined, leaving);
      return true;
    } catch {
      // This browser has the draft as well; it is sent when the server answers again, unless a newer one is waiting.
      if (body.document) this.waiting ??= body;
      clearTimeout(this.timer);
      if (this.waiting) this.timer = setTimeout(() => this.flush(), AGAIN);
      return false;
    }
  }
}

// Asks every few seconds who else is here and whether a newer version was saved.
export class Company {
  constructor({ url, token, store, place, onnewer }) {
    Object.assign(this, { url, token, store, place, onnewer });
    this.told = null;
    this.ask();
    setInterval(() => { if (!document.hidden) this.ask(); }, EACH);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.ask(); });
    addEventListener("pagehide", () => { send(url, token, { leaving: true }, undefined, true).catch(() => {}); });
  }

  async ask() {
    try {
      const { status, body } = await send(this.url, this.token, { changing: this.store.changed });
      if (status !== 200) return;
      this.show(body.others);
      if (body.saved.version !== this.store.version && body.saved.version !== this.told) {
        this.told = body.saved.version;
        this.onnewer(body.saved);
      }
    } catch {
      // Asked again in a moment.
    }
  }

  show(others) {
    if (!others.length) {
      this.place.replaceChildren();
      return;
    }
    const names = others.map((one) => one.name);
    const all = names.length === 1 ? names[0] : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
    const verb = others.length === 1 ? "has" : "have";
    const words = others.some((one) => one.changing) ? `${verb} this rule open and is changing it` : `${verb} this rule open too`;
    const said = `${all} ${others.length > 1 ? words.replace("is changing", "are changing") : words}.`;
    if (this.place.textContent === said) return;
    this.place.replaceChildren(h("div", { class: "callout calm", role: "status" }, icon("people", false), h("p", { class: "grow" }, said)));
  }
}
