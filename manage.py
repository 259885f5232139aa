#!/usr/bin/env python
"""Django's command line for Sluice."""

import os
import sys


def main() -> None:
    # A developer's shell with nothing configured means the demo on the embedded servers.
    # Anything configured for a real deployment keeps the strict default (production).
    if not {"SLUICE_MODE", "SECRET_KEY"} & os.environ.keys():
        os.environ["SLUICE_MODE"] = "demo"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
