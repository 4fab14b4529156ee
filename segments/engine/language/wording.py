"""The words of the sentence: what operators, measures and well-known interactions are called."""

from __future__ import annotations

from decimal import Decimal

# Kinds people say with a verb of their own; every other kind is named as it is.
VERBS = {
    "purchase": "bought",
    "page_view": "viewed a page",
    "email_opened": "opened an e-mail",
    "email_clicked": "clicked in an e-mail",
    "email": "exchanged an e-mail",
    "call": "had a call",
    "meeting": "had a meeting",
    "ticket": "opened a ticket",
    "survey": "answered a survey",
    "return": "returned something",
}
# The same after ‘did not’.
INFINITIVES = {
    "purchase": "buy",
    "page_view": "view a page",
    "email_opened": "open an e-mail",
    "email_clicked": "click in an e-mail",
    "email": "exchange an e-mail",
    "call": "have a call",
    "meeting": "have a meeting",
    "ticket": "open a ticket",
    "survey": "answer a survey",
    "return": "return something",
}
WORDS = {
    "is_set": "is known",
    "is_not_set": "is not known",
    "is": "is",
    "is_not": "is not",
    "in": "is any of",
    "not_in": "is none of",
    "contains": "contains",
    "not_contains": "does not contain",
    "starts_with": "begins with",
    "not_starts_with": "does not begin with",
    "ends_with": "ends with",
    "not_ends_with": "does not end with",
    "matches": "matches the pattern",
    "gt": "is more than",
    "gte": "is at least",
    "lt": "is less than",
    "lte": "is at most",
    "between": "is between",
    "on": "is on",
    "before": "is before",
    "after": "is after",
    "between_dates": "is between",
    "within_last": "is within the last",
    "more_than_ago": "is longer ago than",
    "within_next": "is within the next",
    "more_than_ahead": "is further ahead than",
    "in_period": "is",
    "anniversary": "has its anniversary today",
    "anniversary_within_next": "has its anniversary within the next",
    "anniversary_month": "falls, in any year, in",
    "includes_any": "includes any of",
    "includes_all": "includes all of",
    "includes_none": "includes none of",
}
# The days ahead, both ends included, where they are seen from a day to come: what stands between the verb and them.
AHEAD = {"within_next": "", "anniversary_within_next": " its anniversary"}
# How the verbs of those words deny.
DENIED = {
    "is": "is not",
    "matches": "does not match",
    "includes": "does not include",
    "has": "does not have",
    "had": "did not have",
    "falls,": "does not fall,",
}
COMPARED = {
    "eq": "exactly",
    "ne": "anything but",
    "gt": "more than",
    "gte": "at least",
    "lt": "less than",
    "lte": "at most",
    "between": "between",
}
MEASURED = {
    "sum": "{name} adding up to",
    "average": "an average {name} of",
    "minimum": "a lowest {name} of",
    "maximum": "a highest {name} of",
}
TIMES = {Decimal(1): "once", Decimal(2): "twice"}
DISTINCT = {
    "distinct_days": "on {number} different day",
    "distinct_weeks": "in {number} different week",
    "distinct_months": "in {number} different month",
}
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
