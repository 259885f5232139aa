"""The same installation serving only the plain endpoint of `plain_api`."""

from backoffice.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.plain_api"
