import pytest
from django.test import Client

from monitor.models import Cluster, Group, OutboxSource
from tests import factories

pytestmark = pytest.mark.django_db


def found(client: Client, words: str) -> list[tuple[str, str]]:
    answer = client.get("/find", {"q": words}).json()["found"]
    return [(one["kind"], one["name"]) for one in answer]


def test_everything_with_the_word_in_its_name_is_found(
    seen: Client, billing: Group, shop: OutboxSource
) -> None:
    assert found(seen, "BILL") == [("groups", "billing")]
    assert found(seen, "order") == [("topics", "orders")]
    assert found(seen, "sho") == [("outboxes", "shop")]


def test_without_a_word_the_worst_groups_are_offered(seen: Client, billing: Group) -> None:
    factories.make_group(billing.cluster, "fine")
    assert found(seen, "") == [("groups", "billing"), ("groups", "fine")]


def test_what_a_person_may_not_see_is_not_found(
    client: Client, billing: Group, shop: OutboxSource
) -> None:
    client.force_login(factories.make_user("norole"))
    assert found(client, "") == []


def test_a_stranger_finds_nothing(client: Client, billing: Group) -> None:
    assert client.get("/find").status_code == 302


@pytest.mark.parametrize("words", ["\0", "%", "'", "\ud800"])
def test_hostile_words_find_nothing_and_break_nothing(
    seen: Client, billing: Group, words: str
) -> None:
    assert seen.get("/find", {"q": words.encode("utf-8", "surrogatepass")}).status_code == 200


def test_a_replay_is_found_by_its_group_and_by_its_number(seen: Client, cluster: Cluster) -> None:
    replay = factories.make_replay(cluster)
    for words in ("bill", str(replay.pk), f"#{replay.pk}"):
        answer = seen.get("/find", {"q": words}).json()["found"]
        assert [(one["kind"], one["url"]) for one in answer] == [
            ("replays", f"/replays/{replay.pk}")
        ]


def test_a_form_asks_for_one_kind_of_name_in_one_cluster(seen: Client, billing: Group) -> None:
    other = factories.make_cluster("stage")
    factories.make_topic(other, "elsewhere")
    topics = seen.get(f"/find?q=&kind=topics&cluster={other.pk}").json()["found"]
    assert [(one["kind"], one["name"]) for one in topics] == [("topics", "elsewhere")]
    groups = seen.get(f"/find?q=&kind=groups&cluster={other.pk}").json()["found"]
    assert groups == []
