"""The demo's settings, so that `pytest` needs nothing set: it tests on the embedded servers."""

import os

os.environ.setdefault("SLUICE_MODE", "demo")

from backoffice.settings import *  # noqa: F403
