import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from monitor.models import AuditEntry, Group, LossAcknowledgement
from tests.factories import make_cluster, make_losing_group, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def losing() -> Group:
    return make_losing_group(make_cluster())


def call(*words: str, group: str = "billing", reason: str = "known") -> str:
    output = StringIO()
    call_command("acknowledge_losses", group, f"--reason={reason}", *words, stdout=output)
    return output.getvalue()


def test_it_acknowledges_and_says_where(losing: Group) -> None:
    said = call().splitlines()
    assert said[0].startswith("billing: 40 lost records acknowledged.")
    assert said[1:] == ["  orders 0: from 90 up to 100", "  orders 2: from 40 up to 70"]
    assert AuditEntry.objects.get().via == "cli"


def test_it_answers_in_json(losing: Group) -> None:
    found = json.loads(call("--json"))
    assert found["group_id"] == losing.pk
    assert (found["lost_records"], found["partitions"][0]["lost_to"]) == (40, 100)


def test_a_dry_run_only_shows(losing: Group) -> None:
    assert call("--dry-run").splitlines() == [
        "billing: 40 lost records.",
        "  orders 0: from 90 up to 100",
        "  orders 2: from 40 up to 70",
    ]
    assert json.loads(call("--dry-run", "--json"))["acknowledged_at"] is None
    assert not LossAcknowledgement.objects.exists()


def test_it_acts_for_an_account_that_may(losing: Group) -> None:
    make_user("ann", "operators")
    call("--as", "ann")
    assert LossAcknowledgement.objects.get().acknowledged_by == "ann"


def test_an_account_that_may_not_is_refused(losing: Group) -> None:
    make_user("vic", "viewers")
    with pytest.raises(CommandError, match=r"it needs monitor\.acknowledge_loss"):
        call("--as", "vic")
    assert not LossAcknowledgement.objects.exists()


def test_what_cannot_be_acknowledged_is_a_sentence(losing: Group) -> None:
    with pytest.raises(CommandError, match="Say why: an acknowledgement needs a reason"):
        call(reason="")
    with pytest.raises(CommandError, match="The cluster has no group nobody"):
        call(group="nobody")
    with pytest.raises(CommandError, match="Name a cluster with --cluster; there is: prod-eu"):
        call("--cluster", "other")
