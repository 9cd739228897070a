"""`python -m demo COMMAND`: the shop's command line."""

import os
import sys

from highwater_events.shutdown import COMMANDS, exit_on_early_signals

LASTING = COMMANDS | {"orders", "relay", "consumer"}


def main() -> None:
    exit_on_early_signals(sys.argv, commands=LASTING)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")
    from django.core.management import execute_from_command_line

    from demo.tracing import start_tracing

    start_tracing(sys.argv[1:3])
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
