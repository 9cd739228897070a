import io
import socket
from pathlib import Path

import pytest

from quickstart import broker
from quickstart.broker import BrokerKind, Tools
from quickstart.errors import BrokerUnavailable
from quickstart.progress import Progress
from quickstart.state import State
from quickstart.supervisor import Supervisor

ALL = Tools(java_version=17, has_maven=True, jars=None)
CACHED = Tools(java_version=17, has_maven=False, jars=Path("/jars"))
NO_JAVA = Tools(java_version=None, has_maven=True, jars=Path("/jars"))
OLD_JAVA = Tools(java_version=11, has_maven=True, jars=None)
NO_MAVEN = Tools(java_version=21, has_maven=False, jars=None)
GIVEN = {"HIGHWATER_KAFKA": "kafka-1:9092"}
WANT = "HIGHWATER_QUICKSTART_BROKER"


@pytest.mark.parametrize(
    ("environ", "tools", "kind"),
    [
        (GIVEN, ALL, BrokerKind.GIVEN),
        (GIVEN | {WANT: "tansu"}, ALL, BrokerKind.GIVEN),
        ({}, ALL, BrokerKind.APACHE),
        ({}, CACHED, BrokerKind.APACHE),
        ({WANT: "apache"}, ALL, BrokerKind.APACHE),
        ({WANT: "tansu"}, ALL, BrokerKind.TANSU),
        ({}, NO_JAVA, BrokerKind.TANSU),
        ({}, OLD_JAVA, BrokerKind.TANSU),
        ({}, NO_MAVEN, BrokerKind.TANSU),
    ],
)
def test_the_first_broker_that_can_be_had_is_taken(
    environ: dict[str, str], tools: Tools, kind: BrokerKind
) -> None:
    assert broker.choose(environ, tools)[0] is kind


@pytest.mark.parametrize(
    ("tools", "reason"),
    [(NO_JAVA, "no Java"), (OLD_JAVA, "version 11; .* needs 17"), (NO_MAVEN, "no Maven")],
)
def test_apache_kafka_asked_for_by_name_is_an_error_where_it_cannot_be_had(
    tools: Tools, reason: str
) -> None:
    with pytest.raises(BrokerUnavailable, match=reason):
        broker.choose({WANT: "apache"}, tools)


def test_an_unknown_broker_is_an_error() -> None:
    with pytest.raises(BrokerUnavailable, match="'redpanda'; it may be apache, tansu or empty"):
        broker.choose({WANT: "redpanda"}, ALL)


def test_a_given_cluster_is_taken_as_it_is(supervisor: Supervisor, state: State) -> None:
    with socket.create_server(("127.0.0.1", 0)) as cluster:
        named = f"127.0.0.1:1,127.0.0.1:{cluster.getsockname()[1]}"
        environ = {"HIGHWATER_KAFKA": named}
        started = broker.start(supervisor, state, Progress(io.StringIO()), environ)
    assert (started.kind, started.bootstrap_servers) == (BrokerKind.GIVEN, named)


def test_a_given_cluster_where_nothing_listens_is_an_error(
    supervisor: Supervisor, state: State
) -> None:
    with pytest.raises(BrokerUnavailable, match=r"names 127\.0\.0\.1:1, and nothing listens there"):
        broker.start(supervisor, state, Progress(io.StringIO()), {"HIGHWATER_KAFKA": "127.0.0.1:1"})
