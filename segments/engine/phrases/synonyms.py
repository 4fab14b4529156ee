"""What people say, and what it stands for: tables. A row is used only where the account has what it means."""

from __future__ import annotations


def either(words: str) -> tuple[str, ...]:
    """The rows of a table, written ‘one|another’."""
    return tuple(words.split("|"))


# What people do: the words for it, and the names kinds of interactions have for it.
CONCEPTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "buy": (
        either(
            "bought|buy|buying|purchased|purchase|purchasing|ordered|order|ordering|shopped|shop"
            "|shopping|placed an order|made a purchase|buyer|shopper"
        ),
        either("purchase|order|order_completed|order completed|bought|invoice|sale"),
    ),
    "open": (
        either(
            "opened|open|opening|opened email|open email|opening email|opened mail|open mail"
            "|opened newsletter|open newsletter|read email|read newsletter|opener"
        ),
        either("email_opened|opened_email|email opened|newsletter_opened|mail_opened"),
    ),
    "click": (
        either(
            "clicked|click|clicking|clicked in email|clicked email|click email|clicker|clicked link"
            "|click link|clicked newsletter|clicked on email|clicked in newsletter|click in newsletter"
        ),
        either("email_clicked|clicked_email|email clicked|link_clicked|click"),
    ),
    "view": (
        either(
            "viewed|view|viewing|viewed page|view page|visited|visit|visiting|visited page"
            "|visited website|visited shop|looked at|browsed|browse|browsing|visitor|seen|been seen"
        ),
        either("page_view|page|visit|page viewed|product viewed|product_view|pageview"),
    ),
    "call": (
        either("called|call|phoned|phoned us|called us|had call|rang"),
        either("call|phone_call"),
    ),
    "meet": (
        either("met|met us|had meeting|meeting"),
        either("meeting"),
    ),
    "ticket": (
        either(
            "complained|complain|complaining|complaint|opened ticket|open ticket|ticket"
            "|contacted support|contact support|asked for help|wrote to support|support ticket"
        ),
        either("ticket|complaint|support_ticket|ticket created"),
    ),
    "survey": (
        either("answered survey|answer survey|answered|survey|responded to survey|filled in survey"),
        either("survey|survey_answered|survey answered"),
    ),
    "cart": (
        either("added to cart|add to cart|put in cart|filled cart|added to basket"),
        either("cart|add_to_cart|added_to_cart|product added|cart_added"),
    ),
    "return": (
        either("returned something|sent back|refunded|refund|got refund|returned"),
        either("refund|return|order refunded|refunded|returned"),
    ),
    "login": (
        either("logged in|log in|login|signed in|sign in"),
        either("login|signed_in|signed in"),
    ),
    "signup": (
        either("signed up|sign up|registered|register|subscribed"),
        either("signup|sign_up|registered|signed up|subscribed"),
    ),
    "unsubscribe": (
        either("unsubscribed|unsubscribe|opted out|opt out"),
        either("unsubscribed|unsubscribe|email_unsubscribed|opt_out"),
    ),
}
SPENT = frozenset({"spent", "spend", "spending", "spender", "spenders", "paid", "pay", "spends", "pays"})

# What people call an attribute: words -> names attributes have for it, the likeliest first.
ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "age": ("age", "customer_age"),
    "aged": ("age", "customer_age"),
    "birthday": ("birthday", "date_of_birth", "birth_date", "birthdate", "dob"),
    "birth date": ("birthday", "date_of_birth", "birth_date", "birthdate", "dob"),
    "born": ("birthday", "date_of_birth", "birth_date", "birthdate", "dob"),
    "gender": ("gender", "sex"),
    "sex": ("gender", "sex"),
    "country": ("country", "country_code", "address.country"),
    "city": ("city", "town", "address.city"),
    "town": ("city", "town", "address.city"),
    "postcode": ("postcode", "zip", "postal_code", "address.postcode"),
    "zip": ("postcode", "zip", "postal_code", "address.postcode"),
    "zip code": ("postcode", "zip", "postal_code"),
    "postal code": ("postcode", "zip", "postal_code"),
    "region": ("region", "state", "province"),
    "state": ("state", "region", "province"),
    "speak": ("language", "locale"),
    "speaking": ("language", "locale"),
    "interested in": ("interests", "hobbies", "preferences", "tags"),
    "interest": ("interests", "hobbies", "preferences"),
    **dict.fromkeys(
        either("like|likes|love|loves|enjoy|enjoys|into|keen on|fond of|fan of|fans of|play|plays|playing"),
        ("interests", "hobbies", "preferences", "sports"),
    ),
    "tagged": ("tags",),
    "tag": ("tags",),
    "email": ("email",),
    "email address": ("email",),
    "mail address": ("email",),
    "phone": ("phone",),
    "phone number": ("phone",),
    "telephone": ("phone",),
    "mobile": ("phone",),
    "named": ("first_name", "name"),
    "name": ("first_name", "name"),
    "called": ("first_name",),
    "first name": ("first_name",),
    "last name": ("last_name",),
    "surname": ("last_name",),
    "company": ("company",),
    "work at": ("company",),
    "nps": ("nps", "recommendation_score"),
    "newsletter": ("newsletter", "newsletter_subscribed", "subscribed"),
    "subscribed to newsletter": ("newsletter", "newsletter_subscribed"),
    "newsletter subscriber": ("newsletter", "newsletter_subscribed"),
    "loyalty": ("loyalty_tier", "tier", "loyalty"),
    "tier": ("loyalty_tier", "tier"),
    "joined": ("customer_since", "joined_on", "joined_at", "signup_date", "created_at"),
    "signed up": ("customer_since", "joined_on", "signup_date", "created_at"),
    "registered": ("customer_since", "joined_on", "signup_date", "created_at"),
    "created": ("created_at",),
    "added": ("created_at",),
    "customer since": ("customer_since", "created_at"),
    "customers since": ("customer_since", "created_at"),
    "clients since": ("customer_since", "created_at"),
    "client since": ("customer_since", "created_at"),
    "channel": ("acquisition_channel", "channel", "source"),
    "came from": ("acquisition_channel", "channel", "source"),
    **dict.fromkeys(
        either("acquired via|acquired through|found us through|found us on|came via|referred by"),
        ("acquisition_channel", "channel", "source"),
    ),
    "came through": ("acquisition_channel", "channel", "source"),
    "income": ("income", "household_income", "salary"),
    "score": ("score", "nps", "recommendation_score"),
}
BIRTHDAYS = frozenset({"birthday", "date_of_birth", "birth_date", "birthdate", "dob"})
AGES = frozenset({"age", "customer_age"})
# Attributes whose values are names of people: a word of the sentence is never taken for one of them by itself.
NAMES_OF_PEOPLE = frozenset({"first_name", "last_name", "name", "email", "phone", "external_id", "company"})

# Other words for a value.
VALUES: dict[str, tuple[str, ...]] = {
    "woman": ("female", "woman", "f", "w", "weiblich", "frau"),
    "female": ("female", "woman", "f", "w", "weiblich", "frau"),
    "lady": ("female", "woman", "f", "w"),
    "girl": ("female", "woman", "f", "w"),
    "man": ("male", "man", "m", "männlich", "mann"),
    "male": ("male", "man", "m", "männlich", "mann"),
    "gentleman": ("male", "man", "m"),
    "boy": ("male", "man", "m"),
    "guy": ("male", "man", "m"),
    "uk": ("united kingdom", "gb", "great britain"),
    "great britain": ("united kingdom", "gb"),
    "britain": ("united kingdom", "gb"),
    "england": ("united kingdom", "gb"),
    "usa": ("united states", "us", "united states of america"),
    "america": ("united states", "us", "usa"),
    "holland": ("netherlands", "nl"),
    "british": ("united kingdom", "uk", "gb"),
    "briton": ("united kingdom", "uk", "gb"),
    "american": ("united states", "usa", "us"),
    "german": ("germany", "de"),
    "austrian": ("austria", "at"),
    "swiss": ("switzerland", "ch"),
    "french": ("france", "fr"),
    "italian": ("italy", "it"),
    "spanish": ("spain", "es"),
    "spaniard": ("spain", "es"),
    "portuguese": ("portugal", "pt"),
    "dutch": ("netherlands", "nl"),
    "belgian": ("belgium", "be"),
    "dane": ("denmark", "dk"),
    "danish": ("denmark", "dk"),
    "swede": ("sweden", "se"),
    "swedish": ("sweden", "se"),
    "norwegian": ("norway", "no"),
    "finn": ("finland", "fi"),
    "finnish": ("finland", "fi"),
    "pole": ("poland", "pl"),
    "polish": ("poland", "pl"),
    "czech": ("czechia", "czech republic", "cz"),
    "irish": ("ireland", "ie"),
    "greek": ("greece", "gr"),
    "canadian": ("canada", "ca"),
    "australian": ("australia", "au"),
    "vienna": ("wien",),
    "munich": ("münchen", "muenchen"),
    "cologne": ("köln", "koeln"),
    "zurich": ("zürich", "zuerich"),
    "geneva": ("genève", "genf"),
    "lisbon": ("lisboa",),
    "milan": ("milano",),
    "rome": ("roma",),
    "prague": ("praha",),
    "copenhagen": ("københavn",),
    "english": ("en", "english"),
    **dict.fromkeys(either("unresolved|unsolved|unanswered|pending|outstanding"), ("open", "pending")),
    **dict.fromkeys(either("resolved|answered"), ("solved", "resolved", "closed")),
}
LANGUAGES: dict[str, tuple[str, ...]] = {
    "german": ("german", "de", "deutsch"),
    "english": ("english", "en"),
    "french": ("french", "fr", "français"),
    "italian": ("italian", "it", "italiano"),
    "spanish": ("spanish", "es", "español"),
    "portuguese": ("portuguese", "pt", "português"),
    "dutch": ("dutch", "nl"),
    "danish": ("danish", "da"),
    "swedish": ("swedish", "sv"),
    "polish": ("polish", "pl"),
    "czech": ("czech", "cs"),
}

# Words that may stand anywhere and ask for nothing.
FILLERS = frozenset(
    either(
        "a|account|accounts|all|also|an|any|anybody|anyone|are|as|at|based|be|been|being|both|buyers|by"
        "|client|clients|contact|contacts|currently|customer|customers|did|do|does|either|ever"
        "|every|everybody|everyone|find|for|from|get|give|had|has|have|he|her|his|i|in|is|it|its"
        "|just|list|live|lives|living|located|me|member|members|now|of|on|ones|only|our|people"
        "|person|please|segment|select|she|shoppers|show|some|still|such|than|that|the|their|them|there"
        "|these|they|those|to|total|us|user|users|was|we|were|where|which|who|whom|whose|with|you"
    )
)
ARTICLES = frozenset({"a", "an", "the", "any", "some", "their", "our", "his", "her", "its", "of"})
RELATIVES = frozenset({"who", "whose", "that", "which", "with", "having", "where"})
NEGATIONS = frozenset(
    either(
        "arent|cannot|didnt|doesnt|dont|except|excluding|hadnt|hasnt|havent|isnt|lacking|neither"
        "|never|no|non|none|nor|not|outside|wasnt|werent|without"
    )
)
# Words of the grammar that say nothing by themselves.
GRAMMAR = frozenset(
    either(
        "and|or|but|then|at|least|most|more|less|fewer|than|over|under|above|below|exactly|between|up|"
        "times|time|once|twice|since|before|after|until|during|within|last|past|previous|next|day|days|"
        "week|weeks|month|months|year|years|quarter|quarters|ago|today|yesterday|tomorrow|this|euro|"
        "euros|dollar|dollars|pounds|first|again|recently|lately|regularly|every|each|different|average|"
        "spent|spend|paid|older|younger|aged|old|hundred|thousand|january|february|march|april|may|june|"
        "july|august|september|october|november|december|nothing|anything|something|stopped|started|"
        "followed|afterwards|later|birthday|many|several|few|often|rarely|seldom|recent|nothing"
    )
)
# What a mistyped word may have been besides the account's own words.
EVERYDAY = tuple(
    sorted(word for word in (GRAMMAR | FILLERS | {"women", "men", "never", "without"}) if len(word) > 3)
)
