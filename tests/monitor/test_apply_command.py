from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from monitor.models import AuditEntry, Cluster, OutboxSource
from tests.factories import make_cluster, make_replay

pytestmark = pytest.mark.django_db

GOOD = """
[[clusters]]
name = "prod"
bootstrap_servers = "kafka:9093"
environment = "staging"
sample_interval_seconds = 10

[clusters.properties]
security.protocol = "SASL_SSL"
sasl.mechanism = "PLAIN"
sasl.username = "highwater"
sasl.password = "env:HIGHWATER_SECRET_KAFKA"

[[outboxes]]
name = "shop"
dsn_reference = "env:HIGHWATER_SECRET_SHOP"
"""


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIGHWATER_SECRET_KAFKA", "hunter2")
    monkeypatch.setenv("HIGHWATER_SECRET_SHOP", "postgresql://u:hunter2@db/shop")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "highwater.toml"
    path.write_text(GOOD)
    return path


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("apply", *arguments, stdout=out)
    return out.getvalue()


def test_what_the_file_declares_is_there_and_on_record(file: Path) -> None:
    assert "2 rows changed." in run()
    cluster, outbox = Cluster.objects.get(), OutboxSource.objects.get()
    assert (cluster.name, cluster.environment, cluster.sample_interval_seconds) == (
        "prod",
        "staging",
        10,
    )
    assert cluster.properties["sasl.password"] == "env:HIGHWATER_SECRET_KAFKA"
    assert (outbox.table_name, outbox.is_enabled) == ("highwater_events_outbox", True)
    entries = AuditEntry.objects.order_by("id")
    assert [(each.action, each.subject, each.via) for each in entries] == [
        ("cluster.add", "prod", "cli"),
        ("outbox.add", "shop", "cli"),
    ]


def test_a_second_apply_changes_nothing_and_says_so(file: Path) -> None:
    run()
    assert run() == "Nothing to change.\n"
    assert AuditEntry.objects.count() == 2


def test_only_what_differs_is_changed_and_a_key_left_out_goes_back_to_its_default(
    file: Path,
) -> None:
    run()
    file.write_text(GOOD.replace("sample_interval_seconds = 10\n", "").replace("9093", "9094"))
    assert 'bootstrap_servers: "kafka:9093" -> "kafka:9094"' in run()
    assert AuditEntry.objects.order_by("-id")[0].detail == {
        "before": {"bootstrap_servers": "kafka:9093", "sample_interval_seconds": 10},
        "after": {"bootstrap_servers": "kafka:9094", "sample_interval_seconds": None},
    }


def test_a_dry_run_shows_the_changes_and_makes_none(file: Path) -> None:
    said = run("--dry-run", str(file))
    assert "+ cluster prod" in said
    assert "2 rows would be changed." in said
    assert not Cluster.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_secret_that_stands_in_the_clear_is_shown_nowhere(file: Path) -> None:
    Cluster.objects.create(
        name="prod", bootstrap_servers="kafka:9093", properties={"sasl.password": "hunter2"}
    )
    assert "hunter2" not in run("--dry-run") + run()
    assert not any("hunter2" in str(entry.detail) for entry in AuditEntry.objects.all())


def test_rows_that_the_file_does_not_name_are_listed_and_left_alone(file: Path) -> None:
    make_cluster("old")
    assert "cluster old is not in the file and left alone" in run()
    assert Cluster.objects.filter(name="old").exists()


def test_pruning_says_first_what_it_would_delete(file: Path) -> None:
    make_cluster("old")
    assert "- cluster old" in run("--dry-run", "--prune")
    assert Cluster.objects.filter(name="old").exists()
    run("--prune")
    assert not Cluster.objects.filter(name="old").exists()
    assert AuditEntry.objects.filter(action="cluster.delete", subject="old").exists()


@pytest.mark.parametrize("words", [["--prune"], ["--prune", "--dry-run"]])
def test_a_cluster_with_replays_is_not_pruned_and_nothing_else_happens(
    file: Path, words: list[str]
) -> None:
    make_replay(make_cluster("old"))
    with pytest.raises(CommandError, match="replays refer to it"):
        run(*words)
    assert [cluster.name for cluster in Cluster.objects.all()] == ["old"]
    assert not AuditEntry.objects.exists()


def test_the_file_may_name_files(file: Path) -> None:
    file.write_text(GOOD.replace("[[outboxes]]", 'ssl.ca.location = "/etc/ca.pem"\n[[outboxes]]'))
    assert '"ssl.ca.location": "/etc/ca.pem"' in run()
    assert Cluster.objects.get().properties["ssl.ca.location"] == "/etc/ca.pem"
    assert "Nothing to change." in run()


BAD = """
[[clusters]]
name = "a"
bootstrap_servers = "kafka:9092"

[[clusters]]
name = "a"
sample_interval_seconds = 0
colour = "red"
shards = 65

[clusters.properties]
sasl.password = "hunter2"
ssl.keystore.location = "/etc/keys.p12"

[[outboxes]]
name = "shop"
dsn_reference = "postgresql://u:hunter2@db/shop"
is_enabled = "yes"

[colours]
"""


def test_all_errors_are_told_at_once_each_with_its_line(file: Path) -> None:
    file.write_text(BAD)
    with pytest.raises(CommandError) as raised:
        run()
    said = str(raised.value)
    assert [line.split(" ")[0:2] for line in said.splitlines()] == [
        ["highwater.toml:6:", "clusters[1]"],
        ["highwater.toml:7:", "clusters[1].name"],
        ["highwater.toml:8:", "clusters[1].sample_interval_seconds"],
        ["highwater.toml:9:", "clusters[1].colour"],
        ["highwater.toml:10:", "clusters[1].shards"],
        ["highwater.toml:12:", "clusters[1].properties"],
        ["highwater.toml:12:", "clusters[1].properties"],
        ["highwater.toml:18:", "outboxes[0].dsn_reference"],
        ["highwater.toml:19:", "outboxes[0].is_enabled"],
        ["highwater.toml:21:", "colours"],
    ]
    assert (
        "highwater.toml:8: clusters[1].sample_interval_seconds "
        "must be a whole number from 1 to 3600." in said
    )
    assert "hunter2" not in said
    assert not Cluster.objects.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[clusters]", "is no TOML"),
        ("clusters = 3", "must be written as"),
        ("[clusters]\nname = 'a'", "must be written as"),
        ('[[clusters]]\nname = "a\\u0000"\nbootstrap_servers = "k:1"', "must be text"),
        ("[[clusters]]\nname = 3\nbootstrap_servers = 4\nproperties = 5", "must be a table"),
        ('[[outboxes]]\nname = "a"\ndsn_reference = "env:SECRET_KEY"', "Only variables named"),
        (
            '[[outboxes]]\nname = "a"\ndsn_reference = "env:HIGHWATER_SECRET_SHOP"\n'
            'table_name = "a.b.c"',
            "Write the table as",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(file: Path, text: str, said: str) -> None:
    file.write_text(text)
    with pytest.raises(CommandError, match=said):
        run()


def test_a_file_that_is_not_there_or_no_text_is_refused(file: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        run("other.toml")
    file.write_bytes(b"\xff")
    with pytest.raises(CommandError, match="not UTF-8"):
        run()


def test_the_file_in_the_documentation_is_right(file: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/deployment.md").read_text()
    file.write_text(page.split("```toml\n")[1].split("```")[0])
    assert "2 rows changed." in run()
    assert "Nothing to change." in run()
