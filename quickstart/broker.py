"""Which broker: a given cluster, else Apache Kafka by Maven, else the small one of a wheel."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from quickstart import java, kafka, probes, tansu
from quickstart.errors import BrokerUnavailable, ProgramFailed
from quickstart.progress import Progress
from quickstart.state import State
from quickstart.supervisor import Supervisor

GIVEN_VARIABLE = "HIGHWATER_KAFKA"
WANTED_VARIABLE = "HIGHWATER_QUICKSTART_BROKER"


class BrokerKind(StrEnum):
    """The words of HIGHWATER_BROKER_KIND."""

    GIVEN = "given"
    APACHE = "apache"
    TANSU = "tansu"


@dataclass(frozen=True, slots=True)
class Tools:
    """What this machine has for Apache Kafka. `jars` is the filled cache, if there is one."""

    java_version: int | None
    has_maven: bool
    jars: Path | None


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker that was started. `wait` blocks until it answers; raises ProgramFailed if never."""

    kind: BrokerKind
    bootstrap_servers: str
    wait: Callable[[], None]


def why_not_apache(tools: Tools) -> str | None:
    """What is missing for Apache Kafka, as a sentence; None where nothing is."""
    if tools.java_version is None:
        return "There is no Java on this machine."
    if tools.java_version < java.NEEDED_JAVA:
        return f"Java is version {tools.java_version}; Apache Kafka needs {java.NEEDED_JAVA}."
    if tools.jars is None and not tools.has_maven:
        return "There is no Maven on this machine to bring Apache Kafka."
    return None


def choose(environ: Mapping[str, str], tools: Tools) -> tuple[BrokerKind, str]:
    """The kind to use and why not Apache Kafka (empty where it is). Pure.

    Raises BrokerUnavailable where the environment asks for what cannot be had.
    """
    wanted = environ.get(WANTED_VARIABLE, "")
    if wanted not in {"", BrokerKind.APACHE, BrokerKind.TANSU}:
        raise BrokerUnavailable(
            f"{WANTED_VARIABLE} is {wanted!r}; it may be apache, tansu or empty."
        )
    if environ.get(GIVEN_VARIABLE):
        return BrokerKind.GIVEN, ""
    if wanted == BrokerKind.TANSU:
        return BrokerKind.TANSU, f"{WANTED_VARIABLE} asks for it."
    missing = why_not_apache(tools)
    if missing and wanted == BrokerKind.APACHE:
        raise BrokerUnavailable(f"{missing} Install it, or leave {WANTED_VARIABLE} empty.")
    return (BrokerKind.TANSU, missing) if missing else (BrokerKind.APACHE, "")


def start(
    supervisor: Supervisor, state: State, progress: Progress, environ: Mapping[str, str]
) -> Broker:
    """Start the chosen broker. It needs some seconds more, in which others can start too."""
    kind, reason = choose(environ, _tools(environ))
    if kind is BrokerKind.GIVEN:
        return _use_given(progress, environ[GIVEN_VARIABLE])
    if kind is BrokerKind.APACHE:
        try:
            return _start_apache(supervisor, state, progress, environ)
        except (ProgramFailed, BrokerUnavailable) as failure:
            if java.jars_folder(environ).exists() or environ.get(WANTED_VARIABLE):
                raise
            reason = f"Apache Kafka is not used: {failure}"
    return _start_tansu(supervisor, state, progress, reason)


def _use_given(progress: Progress, bootstrap_servers: str) -> Broker:
    if not any(probes.listens(*address) for address in probes.addresses(bootstrap_servers)):
        raise BrokerUnavailable(
            f"{GIVEN_VARIABLE} names {bootstrap_servers}, and nothing listens there. "
            "Start that cluster, correct the name, or leave it empty for an embedded broker."
        )
    progress.say(f"  The broker is the cluster that {GIVEN_VARIABLE} names: {bootstrap_servers}")
    return Broker(BrokerKind.GIVEN, bootstrap_servers, wait=lambda: None)


def _start_apache(
    supervisor: Supervisor, state: State, progress: Progress, environ: Mapping[str, str]
) -> Broker:
    binary, jars = java.find_java(environ), java.jars_folder(environ)
    if binary is None:
        raise BrokerUnavailable("There is no Java on this machine.")
    if not jars.exists():
        with progress.step(f"Apache Kafka {java.KAFKA_VERSION} by Maven, into {jars}"):
            java.resolve_jars(supervisor, environ)
    port, controller_port = state.port("broker"), state.port("controller")
    properties = kafka.prepare(state, port=port, controller_port=controller_port)
    kafka.format_storage(supervisor, properties, java=binary, jars=jars)
    child = supervisor.start(kafka.program(properties, java=binary, jars=jars))

    def wait() -> None:
        with progress.step(f"Apache Kafka {java.KAFKA_VERSION} on 127.0.0.1:{port}"):
            supervisor.wait_until_ready(child, lambda: probes.kafka_answers(port), 90.0)

    return Broker(BrokerKind.APACHE, f"127.0.0.1:{port}", wait)


def _start_tansu(supervisor: Supervisor, state: State, progress: Progress, reason: str) -> Broker:
    port = state.port("broker")
    with progress.step(f"tansu on 127.0.0.1:{port}"):
        supervisor.start(tansu.program(port), is_ready=lambda: probes.kafka_answers(port))
    progress.say(f"{reason}\n{tansu.NOTICE}".strip())
    return Broker(BrokerKind.TANSU, f"127.0.0.1:{port}", wait=lambda: None)


def _tools(environ: Mapping[str, str]) -> Tools:
    binary, jars = java.find_java(environ), java.jars_folder(environ)
    return Tools(
        java_version=java.java_version(binary) if binary else None,
        has_maven=java.has_maven(environ),
        jars=jars if jars.exists() else None,
    )
