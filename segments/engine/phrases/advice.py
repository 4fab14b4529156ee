"""What no rule can say, and what can be said instead: rankings, comparisons of two times, what was sent."""

from __future__ import annotations

from segments.engine.phrases.numbers import number_at
from segments.engine.phrases.reader import Reader
from segments.engine.phrases.synonyms import SPENT
from segments.engine.phrases.times import UNITS, when_at
from segments.engine.phrases.tokens import pieces, stem

# What no rule can say of a customer alone, and what can be said instead. The words stay marked as not understood.
ADVICE: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("top spender", "big spender", "best customer", "best buyer", "best client", "top customer", "top buyer",
         "highest spending", "most valuable", "high value", "biggest customer", "big customer", "top percent"),
        "A rule looks at each customer alone, so it knows no ranking: give the limit that makes one, such as "
        "‘spent at least 500 in the last year’.",
    ),
    (
        ("most loyal", "loyal customer", "loyal buyer", "frequent buyer", "heavy user", "super fan"),
        "Say how often makes one loyal, such as ‘bought at least 4 times in the last year’.",
    ),
    (
        ("millennial", "gen z", "gen x", "generation z", "boomer", "baby boomer"),
        "Say the years you mean, such as ‘born between 1981 and 1996’ or ‘aged 30 to 45’.",
    ),
    (
        ("likely to buy", "likely to churn", "about to", "will buy", "might buy", "going to"),
        "A rule asks what is known and what happened, not what will: say what gives it away, such as ‘viewed a page "
        "3 times in the last 14 days but did not buy’.",
    ),
    (
        ("nearby", "close to", "near to", "within 10 km", "km of", "kilometre", "mile"),
        "Distances are not known: name the cities or postcodes.",
    ),
    (
        ("consent", "opt in", "opted in", "may be emailed", "reachable"),
        "Consent is no part of a rule: beside every count stands how many of them may be e-mailed or texted, and why "
        "others may not; a campaign keeps to it by itself.",
    ),
    (
        ("above average", "below average", "above the average", "below the average"),
        "A rule compares with a number, not with others: give the number, such as ‘spent at least 500 this year’.",
    ),
    (
        ("weekend", "weekday", "morning", "afternoon", "evening", "at night", "monday", "tuesday", "wednesday",
         "thursday", "friday", "saturday", "sunday"),
        "A rule knows days of the calendar and stretches of time, not days of the week or hours of the day: say ‘on 27 "
        "November 2026’ or ‘in the last 3 days’.",
    ),
    (
        ("used to be", "formerly", "no longer"),
        "A rule asks what a customer is now, and for how long: say ‘silver for less than 90 days’, or make a segment "
        "of those before; who left it is told on its page.",
    ),
    (
        ("several", "many", "few", "lot", "multiple", "often", "rarely", "seldom", "hardly", "frequently"),
        "Say how often, such as ‘bought at least 3 times in the last year’ or ‘opened at most once this month’.",
    ),
    (
        ("left", "entered", "dropped out", "fell out"),
        "A rule asks who is in a segment now and for how long, such as ‘VIP for less than 30 days’; who left is told "
        "on the segment's page.",
    ),
    (
        ("became", "become", "turned", "turning", "turn", "switched to", "moved to"),
        "A rule asks what a customer is now and for how long, such as ‘gold for less than 30 days’, or how old "
        "somebody is, such as ‘aged 18’.",
    ),
    (
        ("random", "sample of", "half of", "percent of"),
        "A rule holds everybody it fits: for a part of them make a campaign with a holdout, or a list.",
    ),
)  # fmt: skip
_TWO_TIMES = (
    "A rule compares what somebody did with a number, not one time, thing or person with another: give the numbers, "
    "such as ‘bought at least 3 times last year and at most 2 times this year’."
)
_SENT = (
    "A rule knows what was opened, not what was sent: say how often and since when, such as ‘opened no e-mail in the "
    "last 30 days’ or ‘opened at least 3 e-mails this month’."
)
_WAS = next(sentence for phrases, sentence in ADVICE if "formerly" in phrases)
_LAST_FEW = (
    "Of what somebody did a rule looks at the first, the last or all in a stretch of time, not at the last few: say "
    "‘the last purchase’ or ‘in the last 90 days’."
)
_BARE_TIME = "‘{}’ says only when: say also what was done then, such as ‘bought {}’."
_MAILED = ("email", "mail", "newsletter", "campaign", "message")
_OTHERS = (
    "average",
    "before",
    "usual",
    "others",
    "ever",
    "most",
    "everybody",
    "everyone",
    "anyone",
    "normal",
)
_DETERMINERS = ("all", "of", "the", "their", "our", "his", "her", "in", "on", "none", "any")
_PLACES = ("shop", "store", "branch", "online", "offline", "outlet")
_TELLING = frozenset({"channel", "shop", "store", "branch", "outlet", "place", "location"})
_STOPS = ("and", "or", "but", "who", ",", ";")


def advised(reader: Reader) -> bool:
    """Whether these words ask for what no rule can say; what can is noted, and they stay not understood."""
    for phrases, sentence in ADVICE:
        for phrase in phrases:
            wanted = phrase.split()
            said = [stem(reader.word(ahead)) for ahead in range(len(wanted))]
            percent = wanted == ["top", "percent"] and said[0] == "top" and reader.word(1).isdigit()
            if said == [stem(word) for word in wanted] or percent:
                reader.note(sentence)
                reader.at += len(wanted)
                return True
    _told_of_places(reader)
    return last_few(reader)


def _told_of_places(reader: Reader) -> None:
    """‘in a shop’ that the account does not know by this word: notes what tells where somebody bought."""
    buy = reader.lexicon.concepts.get("buy")
    if stem(reader.word()) not in _PLACES or buy is None:
        return
    field = next((one for one in buy.properties if _TELLING & set(pieces(one.name)) and one.values), None)
    if field is None:
        reader.note("This account does not record where somebody bought.")
    else:
        some = " or ".join(f"‘{value}’" for value in field.values[:2])
        reader.note(
            f"Where somebody bought is told by ‘{field.label}’ here: name its values, such as {some}."
        )


def bare_time(reader: Reader) -> bool:
    """‘last winter’, and nothing that was done then: stepped over, not understood."""
    found = when_at(reader.tokens, reader.at, reader.today)
    if found is None or not (found[0].window or found[0].ahead):
        return False
    start = reader.at
    while start and reader.tokens[start - 1].word in ("in", "the", "over", "on", "for", "during"):
        start -= 1
    said = reader.text(start, found[1])
    advised_already = any(note.startswith(("A rule", "Say ")) for note in reader.notes)
    if not (advised_already or found[0].ahead or "next" in said or "tomorrow" in said):
        reader.note(_BARE_TIME.format(said, said))
    reader.at = found[1]
    return True


def compared(reader: Reader) -> bool:
    """‘bought less this year than last year’: two times compared, which no rule can; stepped over, not understood."""
    found = reader.lexicon.each(reader.tokens, reader.at, "kind")
    here = found[1] if found else reader.at + (reader.word() in SPENT)
    ahead = here - reader.at
    if reader.word(ahead) not in ("more", "less", "fewer"):
        return False
    than = next((step for step in range(ahead + 1, ahead + 7) if reader.word(step) in ("than", *_STOPS)), 0)
    if reader.word(than) != "than" or number_at(reader.tokens, reader.at + than + 1):
        return False
    after = reader.at + than + 1 + (reader.word(than + 1) in ("the", "their", "in", "on"))
    found_time = when_at(reader.tokens, reader.at + than + 1, reader.today)
    things = than > ahead + 1 and reader.lexicon.each(reader.tokens, after, "value", "property value")
    if things:  # ‘bought more shoes than tents’
        reader.note(_TWO_TIMES)
        reader.at = things[1]
        return True
    if found_time is None and reader.word(after - reader.at) not in _OTHERS:
        return False
    reader.note(_TWO_TIMES)
    reader.at = found_time[1] if found_time else after + 1
    return True


def was_before(reader: Reader) -> bool:
    """‘was gold but is silver now’: what somebody was before; stepped over, not understood."""
    if (reader.word(), reader.word(1)) == ("not", "only"):
        reader.note("‘Not only’ was left out: say also what else they did.")
        reader.at += 2
        return True
    found = reader.lexicon.each(reader.tokens, reader.at + 1, "value")
    if found is None or reader.word() not in ("was", "were", "been", "had"):
        return False
    step = found[1] - reader.at
    while reader.word(step) in ("but", "and", "now", "is", "are", "who", "then", ",", "currently"):
        step += 1
    now = reader.lexicon.each(reader.tokens, reader.at + step, "value")
    fields = {meaning.field for meaning in found[0]}
    said = {reader.word(one) for one in range(step)} & {"is", "are", "now"}
    if now is None or not said or not any(meaning.field in fields for meaning in now[0]):
        return False
    reader.note(_WAS)
    reader.at = found[1]
    return True


def last_few(reader: Reader) -> bool:
    """‘the last 3 newsletters’, ‘every newsletter’: neither the last one nor a stretch of time; stepped over."""
    ahead = 0
    while reader.word(ahead) in _DETERMINERS:
        ahead += 1
    every = reader.word(ahead) in ("every", "each") or "all" in (reader.word(step) for step in range(ahead))
    some = reader.word(ahead) in ("last", "latest", "previous", "past")
    number = number_at(reader.tokens, reader.at + ahead + 1) if some else None
    if number is not None:
        noun = number[1] - reader.at
    elif some and stem(reader.word(ahead + 1)) in _MAILED:
        noun = ahead + 1  # ‘opened the last newsletter’
    else:
        noun = ahead + (reader.word(ahead) in ("every", "each")) if every else len(reader.tokens)
    said = stem(reader.word(noun))
    if not said.isalpha() or said in UNITS or ((every or number is None) and said not in _MAILED):
        return False
    reader.note(_SENT if said in _MAILED else _LAST_FEW)
    reader.at += noun + 1
    return True
