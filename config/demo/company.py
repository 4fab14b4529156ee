"""Who Nordwand Outdoor is: its team, its shops' countries, the names of its customers, what it keeps of them."""

from __future__ import annotations

from dataclasses import dataclass

from crm.domain.attributes import AttributeType
from crm.domain.roles import Role

NAME, ZONE, CURRENCY, COUNTRY = "Nordwand Outdoor", "Europe/Vienna", "EUR", "AT"
PASSWORD = "nordwand-demo"  # noqa: S105 - printed at the start; the demo listens on this machine only

TEAM = (
    ("marketer@nordwand.example", "Marta Brunner", Role.MARKETER),
    ("service@nordwand.example", "Selim Aydin", Role.SERVICE),
    ("lead@nordwand.example", "Petra Lechner", Role.SERVICE_LEAD),
    ("manager@nordwand.example", "Monika Graf", Role.MANAGER),
    ("administrator@nordwand.example", "Anton Ritter", Role.ADMINISTRATOR),
)

# name, label, type, sensitive, description
_T = AttributeType
ATTRIBUTES = (
    ("country", "Country", _T.TEXT, False, "Where parcels go"),
    ("city", "City", _T.TEXT, False, ""),
    ("postcode", "Postcode", _T.TEXT, False, ""),
    ("birthday", "Birthday", _T.DATE, False, "Asked when joining the loyalty programme"),
    ("gender", "Gender", _T.TEXT, False, "As the customer said it"),
    ("language", "Language", _T.TEXT, False, ""),
    ("loyalty_tier", "Loyalty tier", _T.TEXT, False, "Bronze, Silver or Gold; none outside the programme"),
    ("customer_since", "Customer since", _T.DATE, False, ""),
    ("acquisition_channel", "Acquisition channel", _T.TEXT, False, "How they found us"),
    ("newsletter", "Newsletter", _T.YES_NO, False, ""),
    ("preferred_contact", "Preferred contact", _T.TEXT, False, "How they like to be answered"),
    ("interests", "Interests", _T.LIST, False, ""),
    ("tags", "Tags", _T.LIST, False, "Given by colleagues"),
    ("nps", "Recommendation score", _T.NUMBER, False, "0 to 10, from the last survey"),
    ("shoe_size", "Shoe size", _T.NUMBER, False, "EU size, from the last fitting"),
    ("health_note", "Health note", _T.TEXT, True, "Told at a boot fitting; for fitting only"),
)


@dataclass(frozen=True)
class Land:
    """A country customers live in. Cities are (name, first postcode, weight)."""

    name: str
    weight: float
    language: str
    dial: str
    mailboxes: tuple[str, ...]
    cities: tuple[tuple[str, str, float], ...]
    women: tuple[str, ...]
    men: tuple[str, ...]
    surnames: tuple[str, ...]


_GERMAN_WOMEN = (
    "Anna Lena Julia Katharina Sophie Laura Marie Johanna Theresa Magdalena Eva Barbara Christina Verena Lisa "
    "Hannah Elisabeth Sabine Petra Claudia Monika Ursula Birgit Andrea Martina Nina Carina Franziska Greta Ida "
    "Paula Clara Emma Mia Leonie Ronja Svenja Heike Jasmin Aylin"
).split()
_GERMAN_MEN = (
    "Lukas Florian Stefan Michael Thomas Andreas Markus Johannes Matthias Martin Daniel Philipp Tobias Sebastian "
    "Alexander Christian Georg Josef Franz Peter Wolfgang Jakob Elias David Felix Jonas Paul Maximilian Simon "
    "Fabian Moritz Benedikt Valentin Anton Emil Jürgen Uwe Björn Mehmet Milan"
).split()

LANDS = (
    Land(
        "Austria", 0.43, "de", "+43664", ("post", "alpenpost", "mail"),
        (("Wien", "1010", 26), ("Graz", "8010", 10), ("Innsbruck", "6020", 17), ("Salzburg", "5020", 14),
         ("Linz", "4020", 9), ("Bregenz", "6900", 5), ("Klagenfurt", "9020", 5), ("Villach", "9500", 4),
         ("Kitzbühel", "6370", 4), ("Bludenz", "6700", 3), ("Schladming", "8970", 3)),
        tuple(_GERMAN_WOMEN), tuple(_GERMAN_MEN),
        tuple(("Gruber Huber Bauer Wagner Müller Pichler Steiner Moser Mayer Hofer Leitner Berger Fuchs Eder Fischer "
               "Schmid Winkler Weber Schwarz Maier Schneider Reiter Wimmer Egger Brunner Auer Lang Baumgartner Wolf "
               "Lechner Haas Kofler Strobl Aigner Wallner Haider Stadler Novak Yılmaz Hölzl Köck Wöß").split()),
    ),
    Land(
        "Germany", 0.34, "de", "+49171", ("post", "mail", "briefkasten"),
        (("München", "80331", 27), ("Berlin", "10115", 14), ("Hamburg", "20095", 9), ("Köln", "50667", 8),
         ("Stuttgart", "70173", 10), ("Nürnberg", "90402", 6), ("Freiburg", "79098", 7), ("Rosenheim", "83022", 5),
         ("Garmisch-Partenkirchen", "82467", 5), ("Leipzig", "04109", 5), ("Dresden", "01067", 4)),
        tuple(_GERMAN_WOMEN), tuple(_GERMAN_MEN),
        tuple(("Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Bauer Richter Klein "
               "Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Werner Krause Lehmann "
               "Köhler Herrmann König Kaiser Vogel Jung Hahn Kowalski Öztürk Nguyen Großmann").split()),
    ),
    Land(
        "Switzerland", 0.13, "de", "+4179", ("alpenpost", "mail"),
        (("Zürich", "8001", 30), ("Bern", "3011", 18), ("Luzern", "6003", 13), ("Basel", "4051", 12),
         ("Chur", "7000", 10), ("St. Gallen", "9000", 9), ("Interlaken", "3800", 8)),
        tuple(_GERMAN_WOMEN), tuple(_GERMAN_MEN),
        tuple(("Müller Meier Schmid Keller Weber Huber Schneider Meyer Steiner Fischer Gerber Brunner Baumann Frei "
               "Zimmermann Moser Widmer Wyss Graf Roth Suter Bühler Kunz Ammann Zürcher Hürlimann").split()),
    ),
    Land(
        "United Kingdom", 0.06, "en", "+447700", ("mail", "postbox"),
        (("London", "SW1A 1AA", 40), ("Manchester", "M1 1AE", 18), ("Edinburgh", "EH1 1YZ", 16),
         ("Sheffield", "S1 2HE", 14), ("Keswick", "CA12 5JR", 12)),
        tuple("Emily Charlotte Amelia Olivia Grace Sophie Lucy Hannah Fiona Eleanor Priya Zoe".split()),
        tuple("James Oliver Harry Jack Thomas George William Callum Ewan Rhys Arjun Samuel".split()),
        tuple("Smith Jones Taylor Brown Williams Wilson Evans Walker O'Connor MacLeod Patel Campbell Hughes".split()),
    ),
    Land(
        "Italy", 0.04, "it", "+39347", ("posta", "mail"),
        (("Bolzano", "39100", 45), ("Merano", "39012", 20), ("Trento", "38122", 20), ("Milano", "20121", 15)),
        tuple("Giulia Chiara Francesca Martina Elena Sara Anna Silvia".split()),
        tuple("Marco Luca Andrea Matteo Davide Alessandro Hannes Simone".split()),
        tuple("Rossi Ferrari Mair Pichler Conti Gallo Niederkofler D'Angelo Moretti Pallhuber".split()),
    ),
)  # fmt: skip

ACQUISITION = (
    ("Search", 30),
    ("Shop visit", 24),
    ("Friend", 16),
    ("Instagram", 14),
    ("Alpine club", 9),
    ("Fair", 7),
)
CONTACT_WAYS = (("E-mail", 46), ("Phone", 18), ("Letter", 6), ("", 30))
HEALTH_NOTES = (
    "Knee operation, needs a soft sole", "Allergic to latex", "Diabetic feet, no pressure points",
    "Insoles from the doctor", "Raynaud syndrome, warm gloves",
)  # fmt: skip
TAGS = (
    ("Ambassador", 2),
    ("Tester", 4),
    ("Guide", 3),
    ("Event guest", 8),
    ("Ordered by phone", 5),
    ("Press", 1),
)
COMPANY_FORMS = (
    "Hotel {surname}", "Skischule {city}", "Bergführer {surname}", "Alpenverein {city}", "{surname} Reisen",
    "Naturpark {city}", "Outdoor Camp {surname}", "Seilbahnen {city}", "Physiotherapie {surname}", "{surname} GmbH",
)  # fmt: skip


@dataclass(frozen=True)
class Category:
    """What is sold: usual price, how much of a customer's taste it makes, and its share of each month's demand."""

    name: str
    price: float
    taste: float
    months: tuple[float, ...]
    interest: str
    products: tuple[str, ...]


_ALL_YEAR = (1.0,) * 12
_SUMMER = (0.3, 0.3, 0.6, 1.1, 1.7, 2.0, 1.9, 1.5, 1.0, 0.6, 0.4, 0.5)
_WINTER = (2.0, 1.5, 0.7, 0.2, 0.1, 0.1, 0.1, 0.2, 0.6, 1.3, 1.9, 2.4)
CATEGORIES = (
    Category("Hiking boots", 189, 16, _SUMMER, "Hiking", ("Kofel Mid GTX", "Hochgrat Low", "Karwendel Pro")),
    Category("Backpacks", 119, 11, _SUMMER, "Hiking", ("Alpspitz 28", "Watzmann 45", "Tagtour 18")),
    Category("Jackets", 219, 14, _ALL_YEAR, "Hiking", ("Föhn Shell", "Nordwand Insulated", "Regenfels")),
    Category("Base layers", 69, 12, _WINTER, "Ski touring", ("Merino 200 Top", "Merino 160 Tights")),
    Category("Climbing", 94, 10, _SUMMER, "Climbing", ("Dülfer Harness", "Sanduhr Rope 60", "Express Set 6")),
    Category("Ski touring", 389, 10, _WINTER, "Ski touring", ("Firn 88 Ski", "Spur Binding", "Gipfel Boot")),
    Category("Camping", 139, 8, _SUMMER, "Camping", ("Biwak Tent 2", "Polarnacht Bag", "Kocher Duo")),
    Category("Trail running", 129, 9, _SUMMER, "Trail running", ("Grat Racer", "Wurzel Vest 5")),
    Category("Safety", 279, 4, _WINTER, "Ski touring", ("Lawinen Set", "Airbag 30")),
    Category("Accessories", 34, 18, _ALL_YEAR, "Hiking", ("Wool Hat", "Trinkflasche", "Gamaschen", "Socks")),
)
