// <facet-badge>: the badges of a customer in any page, inside a shadow root, with nothing of the page's own touched.
// Put there by a script tag of this file with data-key and data-email, or written as <facet-badge key="…" email="…">.
(() => {
  if (customElements.get("facet-badge")) return;
  const script = document.currentScript;
  const home = script ? new URL(script.src).origin : location.origin;
  const WHO = ["email", "phone", "external_id"];
  const hues = [18, 48, 78, 112, 148, 182, 222, 258, 296, 345];
  const CSS = `
    :host { display: block; color-scheme: light dark; container-type: inline-size; --ink: light-dark(oklch(0.235 0.018 235), oklch(0.955 0.005 245)); --ink-2: light-dark(oklch(0.42 0.018 235), oklch(0.8 0.012 225)); --ink-3: light-dark(oklch(0.508 0.016 235), oklch(0.7 0.014 225));
      --surface: light-dark(oklch(1 0 0), oklch(0.218 0.011 235)); --line: light-dark(oklch(0.91 0.005 245), oklch(0.3 0.013 235)); --control: light-dark(oklch(0.65 0.012 245), oklch(0.56 0.016 240)); --accent: light-dark(oklch(0.49 0.092 222), oklch(0.79 0.105 212)); --good: light-dark(oklch(0.45 0.11 152), oklch(0.82 0.135 155)); --bad: light-dark(oklch(0.495 0.165 25), oklch(0.8 0.115 22)); }
    :host([theme="light"]) { color-scheme: light; } :host([theme="dark"]) { color-scheme: dark; }
    * { box-sizing: border-box; margin: 0; }
    section { font: 400 14px/1.5 "Segoe UI", Ubuntu, Cantarell, "Liberation Sans", system-ui, sans-serif; color: var(--ink); background: var(--surface); border: 1px solid var(--line); border-radius: 10px; overflow-wrap: anywhere; text-align: start; }
    ul, ol { padding: 0; list-style: none; } .badges > li { padding: 12px 16px; } .badges > li + li { border-block-start: 1px solid var(--line); }
    h3 { display: inline-flex; align-items: center; gap: .45em; font-size: 14px; line-height: 1.35; font-weight: 600; padding: .16em .6em; border-radius: 4px; background: light-dark(oklch(0.955 0.022 var(--h)), oklch(0.3 0.04 var(--h))); color: light-dark(oklch(0.4 0.07 var(--h)), oklch(0.885 0.055 var(--h))); }
    h3::before { content: ""; flex: none; width: .5em; height: .5em; rotate: 45deg; background: light-dark(oklch(0.6 0.112 var(--h)), oklch(0.74 0.115 var(--h))); }
    h4 { font-size: 13px; font-weight: 600; } .do h4 { color: var(--good); } .avoid h4 { color: var(--bad); }
    dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 2px 12px; margin-block: 8px; font-size: 13px; } dt { color: var(--ink-3); } dd { margin: 0; }
    .advice { display: grid; gap: 8px 16px; font-size: 13px; color: var(--ink-2); } @container (width > 26rem) { .advice { grid-template-columns: 1fr 1fr; } }
    .advice li { display: grid; grid-template-columns: .8em minmax(0, 1fr); } .advice li::before { content: "·" / ""; }
    .vote { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; margin-block-start: 8px; font-size: 13px; color: var(--ink-3); }
    button, input { font: inherit; color: var(--ink); background: transparent; border: 1px solid var(--control); border-radius: 6px; min-height: 28px; padding: 0 10px; } button { cursor: pointer; } input { flex: 1 1 10rem; min-width: 0; }
    :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
    .say { padding: 12px 16px; color: var(--ink-2); } .say button { margin-inline-start: 8px; }
    .quiet { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }`;

  const el = (name, props = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(props)) {
      if (key === "on") for (const [event, act] of Object.entries(value)) made.addEventListener(event, act);
      else made.setAttribute(key, value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return made;
  };
  // The day that the account reads on its clock, as its own pages say it, wherever the agent sits.
  const day = (text) => new Date(`${text.slice(0, 10)}T00:00Z`).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

  class FacetBadge extends HTMLElement {
    static observedAttributes = ["key", "home", "agent", "email", "phone", "external_id"];
    #root = this.attachShadow({ mode: "open" });
    #section = el("section", { "aria-label": "Customer badges" });
    #status = el("p", { class: "quiet", role: "status" });
    #asked = null;
    #waits = false;

    constructor() {
      super();
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(CSS);
      this.#root.adoptedStyleSheets = [sheet];
      this.#root.append(this.#status, this.#section);
    }

    connectedCallback() { this.#soon(); }
    disconnectedCallback() { this.#asked?.abort(); }
    attributeChangedCallback(name, before, after) { if (before !== after) this.#soon(); }

    #soon() {
      if (this.#waits) return;
      this.#waits = true;
      queueMicrotask(() => { this.#waits = false; if (this.isConnected) this.load(); });
    }

    #who() {
      const name = WHO.find((kind) => this.getAttribute(kind)?.trim());
      return name ? { [name]: this.getAttribute(name).trim(), agent: this.getAttribute("agent") ?? "" } : null;
    }

    async load() {
      const who = this.#who();
      if (!who) return this.#say("No customer yet.");
      await this.#ask(`badges?${new URLSearchParams(who)}`, {});
    }

    async #ask(path, terms, focus) {
      this.#asked?.abort();
      const asked = (this.#asked = new AbortController());
      const slow = setTimeout(() => this.#section.childElementCount || this.#say("Loading badges …"), 300);
      try {
        const headers = { Authorization: `Bearer ${this.getAttribute("key") ?? ""}`, ...terms.headers };
        const address = `${this.getAttribute("home") || home}/api/v1/${path}`;
        const answer = await fetch(address, { ...terms, headers, signal: asked.signal, credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" });
        const body = await answer.json();
        if (!answer.ok) throw new Error(body?.error?.message || "The badges could not be read.");
        this.#show(body, focus);
      } catch (error) {
        if (asked.signal.aborted) return;
        const words = error instanceof TypeError ? "Facet does not answer this page. Is its origin allowed for this key, and the key still in use?" : error.message;
        this.#say(words, el("button", { type: "button", on: { click: () => this.load() } }, "Try again"));
      } finally {
        clearTimeout(slow);
      }
    }

    #say(words, ...more) {
      this.#status.textContent = words;
      this.#section.replaceChildren(el("p", { class: "say" }, words, ...more));
    }

    #show({ badges, may_vote }, focus) {
      if (!badges.length) return this.#say("No badge for this customer.");
      this.#status.textContent = `${badges.length} badge${badges.length === 1 ? "" : "s"}: ${badges.map((one) => one.name).join(", ")}`;
      this.#section.replaceChildren(el("ul", { class: "badges", role: "list" }, ...badges.map((one, place) => this.#badge(one, place, may_vote))));
      if (focus) this.#root.getElementById(focus)?.focus();
    }

    #badge(one, place, mayVote) {
      const title = el("h3", { id: `badge-${place}` }, one.name);
      title.style.setProperty("--h", hues[(one.hue - 1) % 10] ?? 222);
      const facts = el("dl", {}, el("dt", {}, "Why"), el("dd", {}, one.why.join("; ")), el("dt", {}, "Since"), el("dd", {}, el("time", { datetime: one.since }, day(one.since))));
      if (one.until) facts.append(el("dt", {}, "Until"), el("dd", {}, el("time", { datetime: one.until }, day(one.until)), one.unless ? `, unless ${one.unless}` : ""));
      if (one.description) facts.append(el("dt", {}, "Good to know"), el("dd", {}, one.description));
      const item = el("li", { "aria-labelledby": `badge-${place}` }, title, facts);
      if (one.playbook) item.append(...this.#playbook(one.playbook, facts));
      if (mayVote) item.append(this.#vote(one, place));
      return item;
    }

    #playbook(book, facts) {
      for (const [name, words] of [["offer", "Offer"], ["tone", "Tone"], ["escalation", "Hand over"]])
        if (book[name]) facts.append(el("dt", {}, words), el("dd", {}, book[name]));
      const list = (name, words, lines) => lines.length ? el("div", { class: name }, el("h4", {}, words), el("ul", { role: "list" }, ...lines.map((line) => el("li", {}, line)))) : null;
      return [el("div", { class: "advice" }, list("do", "Do", book.do), list("avoid", "Avoid", book.avoid))];
    }

    #vote(one, place) {
      const id = `vote-${place}`;
      const send = (right, reason) => this.#ask("badges/votes", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ ...this.#who(), segment: one.slug, right, reason }) }, id);
      if (one.vote === null)
        return el("div", { class: "vote", role: "group", "aria-label": `Is ${one.name} right?` }, el("span", {}, "Is this right?"), el("button", { type: "button", id, on: { click: () => send(true, "") } }, "Yes"), el("button", { type: "button", on: { click: () => send(false, "") } }, "No"));
      const reason = el("input", { id, maxlength: "500", "aria-label": `Why is ${one.name} ${one.vote ? "" : "not "}right?`, placeholder: one.vote ? "What makes it right? (optional)" : "What is wrong?", value: one.reason });
      return el("form", { class: "vote", on: { submit: (event) => { event.preventDefault(); send(one.vote, reason.value); } } },
        el("span", {}, one.vote ? "You said yes, thank you." : "You said no, thank you."), reason, el("button", {}, "Keep"), el("button", { type: "button", on: { click: () => send(null, "") } }, "Undo"));
    }
  }
  customElements.define("facet-badge", FacetBadge);

  if (script?.dataset.key) {
    const made = el("facet-badge", { home });
    for (const [name, value] of Object.entries(script.dataset)) made.setAttribute(name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value);
    script.after(made);
  }
})();
