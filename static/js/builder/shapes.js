// Named shapes: what people ask for by a name, made of the plain conditions. Each begins with a kind.
import { condition, group } from "./tree.js";

const did = (interaction, more = {}) => ({ interaction, ...more });

export const NAMED = [
  { label: "Did it for the first time …", hint: "the first ever was in the last 30 days", icon: "spark",
    begin: (kind) => condition(did(kind, { pick: "first", window: { last: [30, "day"] } })) },
  { label: "Stopped doing it …", hint: "earlier, but not in the last 90 days", icon: "history",
    begin: (kind) => group("all", [
      condition(did(kind, { window: { between_ago: [[1, "year"], [90, "day"]] } })),
      condition(did(kind, { window: { last: [90, "day"] } }), true),
    ]) },
  { label: "Started again …", hint: "long ago, then a pause, and again lately", icon: "redo",
    begin: (kind) => group("all", [
      condition(did(kind, { window: { before_last: [6, "month"] } })),
      condition(did(kind, { window: { between_ago: [[6, "month"], [30, "day"]] } }), true),
      condition(did(kind, { window: { last: [30, "day"] } })),
    ]) },
  { label: "Does it regularly …", hint: "in each of the last three months", icon: "history",
    begin: (kind) => condition({ regular: did(kind), every: [1, "month"], of_last: 3, at_least: 3 }) },
  { label: "Did A, then B …", hint: "B within 7 days after A", icon: "send",
    begin: (kind) => condition({ sequence: [did(kind), did("")], within: [7, "day"], window: { last: [90, "day"] } }) },
  { label: "Did A, but then not B …", hint: "no B within 7 days after A", icon: "no",
    begin: (kind) => condition({ sequence: [did(kind), did("", { absent: true })], within: [7, "day"], window: { last: [90, "day"] } }) },
  { label: "Did it with every one of …", hint: "bought from each of several categories", icon: "list",
    begin: (kind, data) => {
      const named = data.kinds.find((one) => one.kind === kind)?.properties.find((one) => one.type === "text")?.name;
      const one = () => condition(did(kind, named ? { where: [{ property: named, op: "is", value: null }] } : {}));
      return group("all", [one(), one()]);
    } },
];
