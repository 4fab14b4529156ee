from django.db import IntegrityError, models, transaction

THE_ROW = 1


class MirrorStateManager(models.Manager["MirrorState"]):
    """Gives the one row, locked or as it is."""

    def locked(self) -> "MirrorState":
        """The row, held until the transaction ends: first thing of everybody who writes memberships.

        On SQLite the transaction took the write lock at its start, so the row needs none of its own.
        """
        self._exists()
        return self.select_for_update().get(pk=THE_ROW)

    def current(self) -> "MirrorState":
        """The row as it is now, without waiting for whoever holds it; zeros where nothing was written yet."""
        return self.filter(pk=THE_ROW).first() or MirrorState(pk=THE_ROW)

    def _exists(self) -> None:
        if not self.filter(pk=THE_ROW).exists():
            try:
                with transaction.atomic():
                    self.create(pk=THE_ROW)
            except IntegrityError:
                pass  # another made it


class MirrorState(models.Model):
    """Where mirror and memberships stand; also the lock of everybody who writes memberships. One row.

    `generation` and `patch` number the files that are the mirror: a patch file above `patch` is not registered, so it
    is ignored and overwritten. `log` is the newest change of membership that was written.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=THE_ROW)
    generation = models.BigIntegerField(default=0)
    patch = models.BigIntegerField(default=0)
    log = models.BigIntegerField(default=0)
    packed = models.CharField(max_length=32, blank=True, help_text="The file of packed members that is true")
    kept_at = models.DateTimeField(null=True, help_text="The instant of the newest checkpoint")

    objects = MirrorStateManager()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=THE_ROW), name="one_mirror_state")]
