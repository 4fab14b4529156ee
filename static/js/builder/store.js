// The rule being edited, with undo and redo, and its draft.
import { claimIds, readDocument, writeDocument } from "./tree.js";

const STEPS = 200;

export class Store {
  constructor({ document, version, draftKey, draft = null, keeper = null }) {
    this.keeper = keeper;
    this.version = version;
    this.draftKey = draftKey;
    this.saved = readDocument(document);
    this.root = this.saved;
    this.past = [];
    this.future = [];
    this.listeners = [];
    this.mergeKey = "";
    this.draftFrom = null;
    this.restoreDraft(draft);
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

  // The draft goes, and undoing brings it back.
  discard() {
    this.past.push(this.root);
    this.future = [];
    this.root = this.saved;
    this.version = this.startVersion ?? this.version;
    this.draftFrom = null;
    this.forgetDraft();
    this.tell(true);
  }

  // Kept in this browser at once, and on the server a moment later, so that it survives signing out.
  keepDraft() {
    if (!this.changed) return this.forgetDraft();
    const draft = { root: this.root, version: this.version, at: new Date().toISOString() };
    try {
      localStorage.setItem(this.draftKey, JSON.stringify(draft));
    } catch {
      // The browser's store is full or closed: the server keeps it.
    }
    this.keeper?.later(writeDocument(this.root).document, this.version);
    return undefined;
  }

  forgetDraft() {
    try {
      localStorage.removeItem(this.draftKey);
    } catch {
      // Nothing was kept.
    }
    this.keeper?.forget();
  }

  // The newer of the two: what this browser kept, and what the server did.
  restoreDraft(kept) {
    let draft = null;
    try {
      draft = JSON.parse(localStorage.getItem(this.draftKey) ?? "null");
    } catch {
      draft = null;
    }
    if (draft?.root?.type !== "group") draft = null;
    if (kept && (!draft || kept.at > draft.at)) draft = { ...kept, root: readDocument(kept.document) };
    if (!draft) return;
    claimIds(draft.root);
    this.startVersion = this.version;
    this.draftFrom = draft;
    this.version = draft.version ?? this.version;
    this.root = draft.root;
  }

  // Somebody else's newer version becomes what the next save builds on; `taken`: the rule becomes theirs, too.
  rebase(version, saved, { taken = false } = {}) {
    this.version = version;
    this.startVersion = version;
    this.saved = readDocument(saved);
    if (taken) this.set(this.saved);
    else this.keepDraft();
  }
}
