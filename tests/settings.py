"""The product's own settings, on a data folder of this test run, with cheap passwords."""

import atexit
import os
import shutil
import tempfile

_DATA = tempfile.mkdtemp(prefix="facet-tests-")
atexit.register(shutil.rmtree, _DATA, ignore_errors=True)
os.environ["FACET_DATA"] = _DATA
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in the thread of its tests

from config.settings import *  # noqa: E402, F403

if SQLITE:  # noqa: F405
    # In a file, as the product has it: threads of a test share it, and locks are the real ones.
    DATABASES["default"]["TEST"] = {"NAME": os.path.join(_DATA, "test.sqlite3")}  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
