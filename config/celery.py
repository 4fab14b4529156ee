"""The Celery app: workers, and the periodic jobs of `config/schedule.py`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("facet")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["crm", "segments", "campaigns", "config"])
