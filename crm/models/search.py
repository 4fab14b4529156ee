from django.db import models

from crm.models.contact import Contact


class SearchTerm(models.Model):
    """One word a contact is found by, folded (see `crm/domain/search.py`); found by its beginning, through the index.

    A table of words serves SQLite and PostgreSQL alike, and a million contacts as fast as a thousand.
    """

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    term = models.CharField(max_length=64)

    class Meta:
        indexes = [
            models.Index(
                fields=["term", "contact"],
                name="search_term_by_term",
                opclasses=["varchar_pattern_ops", "int8_ops"],
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["contact", "term"], name="search_term_once"),
        ]
