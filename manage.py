#!/usr/bin/env python
"""Django's command line for Highwater."""

import os
import sys

from highwater_events.shutdown import exit_on_early_signals


def main() -> None:
    exit_on_early_signals(sys.argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
