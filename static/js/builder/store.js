// The rule being edited, with undo and redo, and its draft in this browser.
import { claimIds, readDocument } from "./tree.js";

const STEPS = 200;

export class Store {
  constructor({ document, version, draftKey }) {
    this.version = version;
    this.draftKey = draftKey;
    this.saved = readDocument(document);
    this.root = this.saved;
    this.past = [];
    this.future = [];
    this.listeners = [];
    this.mergeKey = "";
    this.draftFrom = null;
    this.restoreDraft();
  }

  listen(listener) {
    this.listeners.push(listener);
  }

  tell(redraw, focus = null) {
    for (const listener of this.listeners) listener({ redraw, focus });
  }

  get changed() {
    return this.root !== this.saved;
  }

  // `merge`: edits with the same key are one step of undo (typing); `redraw` false keeps what is on the page.
  set(root, { merge = "", redraw = true, focus = null } = {}) {
    if (root === this.root) return;
    if (!merge || merge !== this.mergeKey) {
      this.past.push(this.root);
      if (this.past.length > STEPS) this.past.shift();
    }
    this.mergeKey = merge;
    this.future = [];
    this.root = root;
    this.keepDraft();
    this.tell(redraw, focus);
  }

  undo() {
    if (this.past.length) this.travel(this.past, this.future);
  }

  redo() {
    if (this.future.length) this.travel(this.future, this.past);
  }

  travel(from, to) {
    to.push(this.root);
    this.root = from.pop();
    this.mergeKey = "";
    this.keepDraft();
    this.tell(true);
  }

  discard() {
    this.past = [];
    this.future = [];
    this.root = this.saved;
    this.version = this.startVersion ?? this.version;
    this.draftFrom = null;
    this.forgetDraft();
    this.tell(true);
  }

  keepDraft() {
    if (!this.changed) return this.forgetDraft();
    const draft = { root: this.root, version: this.version, at: new Date().toISOString() };
    try {
      localStorage.setItem(this.draftKey, JSON.stringify(draft));
    } catch {
      // The browser's store is full or closed: editing goes on without a draft.
    }
    return undefined;
  }

  forgetDraft() {
    try {
      localStorage.removeItem(this.draftKey);
    } catch {
      // Nothing was kept.
    }
  }

  restoreDraft() {
    let draft = null;
    try {
      draft = JSON.parse(localStorage.getItem(this.draftKey) ?? "null");
    } catch {
      return;
    }
    if (draft?.root?.type !== "group") return;
    claimIds(draft.root);
    this.startVersion = this.version;
    this.draftFrom = draft;
    this.version = draft.version;
    this.root = draft.root;
  }
}
