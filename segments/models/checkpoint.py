from datetime import timedelta

from django.db import models


class Checkpoint(models.Model):
    """That the file `packed` has the members of every segment as of the log's row `log`, for readings of the past.

    No row of the log up to that one has an instant after `at`, and none after it one before `at` less `MARGIN`: who
    writes such a row (the clock was set back) removes the checkpoint in the same transaction.
    """

    MARGIN = timedelta(minutes=1)

    log = models.BigIntegerField()
    at = models.DateTimeField(db_index=True)
    packed = models.CharField(max_length=32)

    class Meta:
        ordering = ["at", "pk"]
