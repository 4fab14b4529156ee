"""Clauses about what is known of somebody: attributes, values, age, birthdays, and segments they are in."""

from __future__ import annotations

from datetime import date, timedelta

from segments.engine.phrases.ahead import from_now
from segments.engine.phrases.numbers import Quantity, quantity_at
from segments.engine.phrases.reader import Json, Reader
from segments.engine.phrases.synonyms import AGES, BIRTHDAYS, NEGATIONS, RELATIVES
from segments.engine.phrases.times import When, span_at, when_at
from segments.engine.phrases.tokens import pieces
from segments.engine.phrases.vocabulary import TO_COME, Field, Meaning

NEGATIVE = {
    "is": "is_not",
    "in": "not_in",
    "contains": "not_contains",
    "starts_with": "not_starts_with",
    "ends_with": "not_ends_with",
    "includes_any": "includes_none",
    "is_set": "is_not_set",
}
_NUMBERS = {"": "is", "eq": "is", "gte": "gte", "gt": "gt", "lte": "lte", "lt": "lt", "between": "between"}
_TEXTS = {
    "contains": "contains",
    "contain": "contains",
    "containing": "contains",
    "includes": "contains",
    "starts with": "starts_with",
    "start with": "starts_with",
    "starting with": "starts_with",
    "begins with": "starts_with",
    "beginning with": "starts_with",
    "begin with": "starts_with",
    "ends with": "ends_with",
    "end with": "ends_with",
    "ending with": "ends_with",
    "ending in": "ends_with",
    "ends in": "ends_with",
}
_BETWEEN = (
    "is",
    "are",
    "was",
    "were",
    "of",
    "has",
    "have",
    "been",
    "any",
    "either",
    "the",
    "a",
    "an",
    "in",
    "from",
    "to",
)
# Words for an attribute that ask for one of its values: alone they ask nothing.
_ASKING = frozenset(
    {
        *("like", "likes", "love", "loves", "enjoy", "enjoys", "into", "speak", "speaks", "speaking"),
        *("added", "created", "joined", "registered", "named", "called", "born"),
        *("ends", "ending", "expires", "expiring", "expire", "renews", "renew", "renewing"),
    }
)
_OVER = frozenset({"expired", "ended"})
_COMPARING = frozenset(
    {"above", "below", "over", "under", "more", "less", "fewer", "higher", "lower", "greater"}
)
JOINTS = frozenset({"and", "or", "but", "nor", ",", ";", "(", ")"})


def negated(rule: Json) -> Json:
    """The opposite of a condition, with an operator of its own where there is one."""
    if "attribute" in rule and rule["op"] in NEGATIVE and "held_for" not in rule:
        return {**rule, "op": NEGATIVE[rule["op"]]}
    if "segment" in rule and "for" not in rule:
        return {**rule, "op": "not_in" if rule["op"] == "in" else "in"}
    return dict(rule["not"]) if set(rule) == {"not"} else {"not": rule}


def bracketed(reader: Reader, rule: Json) -> Json:
    """A condition with what our own sentences add of those who have no value: ‘(or is not known)’, ‘(and is known)’."""
    if reader.said("( or never )") or "attribute" not in rule:
        reader.said("( or is not known )", "( and is known )")
        return rule
    negative = rule["op"] in NEGATIVE.values()
    if reader.said("( or is not known )"):
        return rule if negative else {"any": [rule, {"attribute": rule["attribute"], "op": "is_not_set"}]}
    return {**rule, "empty": False} if negative and reader.said("( and is known )") else rule


def attribute(reader: Reader, field: Field) -> Json | None:
    """What is asked of an attribute that was named just before; None where it asks nothing that can be read."""
    start = reader.at
    if reader.at and reader.tokens[reader.at - 1].word == "since":
        reader.at -= 1  # ‘customers since 2020’: the word belongs to the date as well
    turned, rule = False, None
    while rule is None:
        rule = _known(reader, field) or _asked(reader, field)
        if rule is None and not reader.step(*_BETWEEN):
            if not (
                reader.said("none of", "includes none of") or reader.step("not", "isnt", "arent", "wasnt")
            ):
                break
            turned = True
    if rule is None:
        reader.understood -= set(range(start, reader.at))
        reader.at = start
        if field.type == "yes/no":
            rule = {"attribute": field.name, "op": "is", "value": True}
        elif turned or field.name in AGES or (start and reader.tokens[start - 1].word in _ASKING):
            return None
        elif reader.word() in _COMPARING:
            return None  # ‘income above average’
        elif field.type in ("date", "instant") and start and reader.tokens[start - 1].word in _OVER:
            # Before today: more than a day ago, as seen from tomorrow.
            rule = {"attribute": field.name, "op": "more_than_ago", "value": [1, "day"], "offset_days": 1}
        else:
            rule = {"attribute": field.name, "op": "is_set"}
    return held(reader, negated(rule) if turned else rule)


def held(reader: Reader, rule: Json) -> Json:
    """A condition with ‘for 90 days’ after it: the value has been so without a break."""
    if reader.word() != "for" or "attribute" not in rule:
        return rule
    if (reader.word(1), reader.word(2)) == ("less", "than"):
        short = span_at(reader.tokens, reader.at + 3)
        if short:
            reader.take(short[1])
            return {"all": [rule, {"not": {**rule, "held_for": short[0]}}]}
    found = when_at(reader.tokens, reader.at, reader.today)
    if found is None or not found[0].reach or found[0].window is None:
        return rule
    reader.take(found[1])
    return {**rule, "held_for": found[0].window["last"]}


def _known(reader: Reader, field: Field) -> Json | None:
    if reader.said("known", "set", "given", "present"):
        return {"attribute": field.name, "op": "is_set"}
    if reader.said("unknown", "missing", "empty", "blank"):
        return {"attribute": field.name, "op": "is_not_set"}
    return None


def _asked(reader: Reader, field: Field) -> Json | None:
    name = {"attribute": field.name}
    if field.type == "yes/no":
        if reader.said("yes", "true", "on"):
            return {**name, "op": "is", "value": True}
        return {**name, "op": "is", "value": False} if reader.said("no", "false", "off") else None
    if field.type in ("date", "instant", ""):
        later = from_now(reader, field)
        if later:
            return later
        start = reader.at
        when = reader.when()
        if when and when.reach and when.window and field.name not in BIRTHDAYS:
            when = _either_way(reader, field, when, start)
        rule = when and dated(field, when, reader.today)
        if when and rule and rule.get("op") == "anniversary_month" and when.note in reader.notes:
            reader.notes.remove(when.note)  # a month of any year
        if rule:
            return rule
    if field.type in ("number", ""):
        found = quantity_at(reader.tokens, reader.at)
        if found:
            reader.take(found[1])
            reader.skip("points", "point", "percent", "years", "old")
            return {**name, **_several(reader, found[0])}
    if field.type in ("text", "list", ""):
        return texts(reader, field)
    return None


def _either_way(reader: Reader, field: Field, when: When, start: int) -> When:
    """‘ends within 60 days’ is of days to come, ‘joined within 60 days’ of days gone by: a choice."""
    span = (when.window or {})["last"]
    told = f"{span[0]} {span[1]}{'s' if span[0] != 1 else ''}"
    options = [f"in the last {told}", f"in the next {told}"]
    default = int(bool(TO_COME & set(pieces(field.name))))
    taken = reader.choose(start, "within", reader.text(start, reader.at), options, default)
    return When(None, ahead=span) if taken else when


def numbered(quantity: Quantity) -> Json:
    """The operator and value of a number condition."""
    if quantity.op == "between" and quantity.high is not None:
        return {"op": "between", "value": sorted((quantity.low, quantity.high))}
    return {"op": _NUMBERS[quantity.op], "value": quantity.low}


def _several(reader: Reader, quantity: Quantity) -> Json:
    """‘9 or 10’, ‘38, 39 or 40’: a number, or any of several."""
    values: list[int | float] = [quantity.low]
    while quantity.op == "" and reader.word() in ("or", ","):
        ahead = 2 if (reader.word(), reader.word(1)) == (",", "or") else 1
        found = quantity_at(reader.tokens, reader.at + ahead)
        behind = reader.tokens[found[1]].word if found and found[1] < len(reader.tokens) else ""
        if found is None or found[0].op or found[0].money or behind in ("times", "time"):
            break
        reader.take(found[1])
        values.append(found[0].low)
    return {"op": "in", "value": values} if len(values) > 1 else numbered(quantity)


def texts(reader: Reader, field: Field, key: str = "attribute") -> Json | None:
    """One or several values of a text or list; one that no customer has where it can be nothing else."""
    op = ""
    for said, found in _TEXTS.items():
        if reader.said(said):
            op = found
            break
    if reader.said("any of", "one of", "either of", "all of"):
        op = ""  # ‘includes any of’, ‘is any of’: a list follows
    first = _value(reader, field, forced=bool(op))
    if first is None:
        return None
    if op:
        return {key: field.name, "op": op, "value": first}
    return listed(reader, field, first, key)


def listed(reader: Reader, field: Field, first: str, key: str = "attribute") -> Json:
    """The value just read, with those that follow it: ‘Lisbon, Porto or Braga’."""
    values, joint = [first], "or"
    while True:
        start, before = reader.at, set(reader.understood)
        said = reader.word()
        if not reader.skip(",", "or", "and", "nor"):
            break
        if reader.at == start + 2:
            said = reader.tokens[start + 1].word
        reader.skip("in", "from", "at", "the", "either")
        found = reader.lexicon.value_in(field, reader.tokens, reader.at)
        if found is None:
            reader.at, reader.understood = start, before
            break
        reader.take(found[1])
        joint = said if said in ("and", "or") else joint
        if found[0] not in values:
            values.append(found[0])
    if field.type == "list":
        return {key: field.name, "op": "includes_all" if joint == "and" and len(values) > 1 else "includes_any",
                "value": values}  # fmt: skip
    if len(values) == 1:
        return {key: field.name, "op": "is", "value": values[0]}
    return {key: field.name, "op": "in", "value": values}


def _value(reader: Reader, field: Field, *, forced: bool) -> str | None:
    found = None if forced else reader.lexicon.value_in(field, reader.tokens, reader.at)
    if found:
        reader.take(found[1])
        return found[0]
    if reader.done:
        return None
    token = reader.tokens[reader.at]
    plain = token.word and token.word not in JOINTS | RELATIVES | NEGATIONS | {"is", "are", "was"}
    code = field.type == "text" and token.word.isdigit()  # ‘postcode 8010’
    if not token.quoted and not (plain and (forced or code or _follows(reader))):
        return None
    if not token.quoted and not forced and reader.lexicon.at(reader.tokens, reader.at):
        return None
    reader.take(reader.at + 1)
    if not forced:
        reader.note(f"No customer has ‘{token.text}’ as {field.label} yet.")
    return token.text


def _follows(reader: Reader) -> bool:
    """True right behind ‘is’ or ‘=’: then whatever comes is a value."""
    return reader.at > 0 and reader.tokens[reader.at - 1].word in ("is", "are", "=", "named", "called")


def dated(field: Field, when: When, today: date) -> Json | None:
    """A time as a condition on a date; on a birthday, as its anniversary where that is meant."""
    name: Json = {"attribute": field.name}
    window = when.window
    birthday = field.name in BIRTHDAYS
    if when.ahead:
        return {**name, "op": "anniversary_within_next" if birthday else "within_next", "value": when.ahead}
    if birthday and when.month:
        return {**name, "op": "anniversary_month", "value": when.month}
    if window is None:
        return None
    if birthday and "period" in window:
        return _birthday_in(name, window["period"], today)
    if birthday and when.reach and window["last"][1] != "year":  # ‘birthday within 3 days’
        return {**name, "op": "anniversary_within_next", "value": window["last"]}
    if "last" in window:
        return {**name, "op": "within_last", "value": window["last"]}
    if "before_last" in window:
        return {**name, "op": "more_than_ago", "value": window["before_last"]}
    if "period" in window:
        return {**name, "op": "in_period", "value": window["period"]}
    if "between_ago" in window:
        far, near = window["between_ago"]
        return {
            "all": [
                {**name, "op": "more_than_ago", "value": near},
                {**name, "op": "within_last", "value": far},
            ]
        }
    return {**name, **_between(window)}


def _between(window: Json) -> Json:
    day = timedelta(days=1)
    if "from" in window and "to" in window:
        if window["from"] == window["to"]:
            return {"op": "on", "value": window["from"]}
        return {"op": "between_dates", "value": [window["from"], window["to"]]}
    if "from" in window:
        return {"op": "after", "value": (date.fromisoformat(window["from"]) - day).isoformat()}
    return {"op": "before", "value": (date.fromisoformat(window["to"]) + day).isoformat()}


def _birthday_in(name: Json, period: str, today: date) -> Json | None:
    if period == "today":
        return {**name, "op": "anniversary"}
    if period == "this_month":
        return {**name, "op": "anniversary_month"}
    if period in ("next_month", "last_month"):
        return {
            **name,
            "op": "anniversary_month",
            "value": (today.month + (0 if period == "next_month" else -2)) % 12 + 1,
        }
    if period == "tomorrow":
        return {**name, "op": "anniversary", "offset_days": 1}
    if period == "next_week":
        return {**name, "op": "anniversary_within_next", "value": [6, "day"], "offset_days": 7}
    if period == "this_week":
        return {**name, "op": "anniversary_within_next", "value": [7, "day"]}
    return None


def membership(reader: Reader, meaning: Meaning) -> Json:
    """Being in a segment that was named just before, and for how long."""
    rule: Json = {"segment": meaning.segment, "op": "in"}
    reader.skip("segment", "group", "audience", "customers", "members", "people")
    found = when_at(reader.tokens, reader.at, reader.today) if reader.word() == "for" else None
    short = reader.said("for less than") and span_at(reader.tokens, reader.at)
    if short:
        reader.take(short[1])
        return {"all": [rule, {"not": {**rule, "for": short[0]}}]}
    if found and found[0].reach and found[0].window:
        reader.take(found[1])
        rule["for"] = found[0].window["last"]
    return rule
