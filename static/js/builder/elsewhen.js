// What the rule as it stands here would have held on other days; and on a day that somebody picks.
import { Asker } from "./asking.js";
import { finished } from "./conditions.js";
import { bar, figure, h } from "./dom.js";
import * as tree from "./tree.js";

const IDLE = 900; // milliseconds after a count: who goes on editing asks for nothing here
const MOST_PICKED = 4;

export class Elsewhen {
  constructor({ data, store, announce }) {
    Object.assign(this, { data, store, announce });
    this.place = document.getElementById("elsewhen");
    this.known = document.getElementById("elsewhen-known");
    this.field = document.getElementById("elsewhen-day");
    this.usual = new Asker(data.urls.elsewhen, data.token, IDLE);
    this.asker = new Asker(data.urls.elsewhen, data.token, 30);
    this.page = `elsewhen ${Date.now()} ${Math.random()}`;
    this.number = 0;
    this.picked = [];
    this.found = { days: [], picked: [] };
    this.field.max = data.today;
    this.field.addEventListener("change", () => this.add());
    document.getElementById("elsewhen-pick").addEventListener("click", () => {
      this.field.hidden = false;
      this.field.focus();
      try {
        this.field.showPicker();
      } catch {
        // The browser lets the day be typed.
      }
    });
  }

  question(on) {
    const turn = { of: `${this.page} ${on ? "picked" : "usual"}`, number: (this.number += 1) };
    return { document: tree.writeDocument(this.store.root, finished).document, segment: this.data.segment?.slug ?? "", turn, ...(on ? { on } : {}) };
  }

  // With each count: the days are asked for once nobody edits for a moment.
  follow(answer) {
    this.count = answer.count;
    this.usual.cancel();
    this.asker.cancel();
    this.place.classList.add("waiting-days");
    if (answer.count === null || answer.count === undefined || !answer.sentence) {
      this.found = { days: [], picked: [] };
      this.draw(answer.count === 0 || answer.count ? "They appear with the first condition." : "They appear with the next count.");
      return;
    }
    this.usual.later(this.question(), (found) => {
      this.take("days", found);
      if (this.picked.length) this.pick();
    }, () => {});
  }

  add() {
    const day = this.field.value;
    if (!day || day < "1900" || this.picked.includes(day) || !this.count && this.count !== 0) return;
    this.picked = [day, ...this.picked].slice(0, MOST_PICKED);
    this.pick(true);
  }

  pick(aloud = false) {
    this.asker.later(this.question(this.picked), (found) => {
      this.take("picked", found);
      const first = found.days?.[0];
      if (aloud) this.announce(first ? `${first.label}: ${figure(first.count)}.` : found.sentence ?? "");
    }, () => {}, 0);
  }

  take(part, found) {
    if (!found.days) {
      if (found.again) setTimeout(() => this.follow({ count: this.count, sentence: "again" }), 4_000);
      if (part === "picked") this.picked = this.picked.slice(1);
      this.draw(found.sentence ?? "");
      return;
    }
    this.found[part] = found.days;
    this.known.replaceChildren(...(found.known ?? []).map((sentence) => h("li", {}, sentence)));
    this.place.classList.remove("waiting-days");
    this.draw();
  }

  draw(sentence = "") {
    const days = [...this.found.days, ...this.found.picked];
    const most = Math.max(this.count ?? 0, ...days.map((one) => one.count), 1);
    const rows = days.map((one) => {
      const gap = one.count - this.count;
      return h("li", { title: one.day },
        h("span", {}, one.label, one.label === one.day ? null : h("small", { class: "faint" }, one.day)),
        bar([["", 0, one.count / most]]),
        h("b", { class: "num" }, figure(one.count)),
        h("small", { class: "num faint" }, gap === 0 ? "as now" : gap > 0 ? `+${figure(gap)}` : `−${figure(-gap)}`));
    });
    this.place.replaceChildren(...rows, ...(sentence ? [h("li", { class: "muted" }, sentence)] : []));
    document.getElementById("elsewhen-notes").hidden = !days.length;
  }
}
