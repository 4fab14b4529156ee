"""`manage.py load_demo`: the demo company in a database that has no customers yet."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from config.demo import loading, service, story
from crm.kit.clock import now
from crm.models import Contact, User


class Command(BaseCommand):
    help = "Load the demo company. Does nothing where there are customers or colleagues already."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--contacts", type=int, default=5_000)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        if Contact.objects.exists() or User.objects.exists():
            self.stdout.write("There is data already; it is kept.")
            return
        as_of = now()
        loading.load_customers(contacts=options["contacts"], seed=options["seed"], as_of=as_of)
        story.tell(as_of=as_of)
        service.serve(as_of=as_of)
        seconds = (now() - as_of).total_seconds()
        self.stdout.write(f"Loaded {Contact.objects.count():,} customers in {seconds:.1f} s.")
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
