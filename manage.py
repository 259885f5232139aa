#!/usr/bin/env python
"""Django's command line for Sluice."""

import os
import sys

CONFIGURED = {"SLUICE_MODE", "SECRET_KEY", "FIELD_KEYS", "DATABASE_URL", "BROKER_URL"}


def main() -> None:
    # A developer's shell with nothing configured means the demo on the embedded servers. With
    # anything of a real deployment the strict default (production) stays: a command that fell
    # back to the demo's keys would seal a lender's data with them.
    if not CONFIGURED & os.environ.keys():
        os.environ["SLUICE_MODE"] = "demo"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
