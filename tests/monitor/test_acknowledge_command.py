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


def call(*words: str, group: str = "billing", lost: int = 40) -> str:
    output, reason = StringIO(), "--reason=known"
    call_command("acknowledge_losses", group, f"--lost={lost}", reason, *words, stdout=output)
    return output.getvalue()


def test_it_acknowledges_and_says_where(losing: Group) -> None:
    said = call().splitlines()
    assert said[0].startswith("billing: lost records acknowledged.")
    assert said[1:] == ["  orders 0: 90 to 100", "  orders 2: 40 to 70"]
    assert AuditEntry.objects.get().via == "cli"


def test_it_answers_in_json(losing: Group) -> None:
    found = json.loads(call("--json"))
    assert found["group_id"] == losing.pk
    assert found["partitions"][0]["acknowledged_to"] == 100


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
    with pytest.raises(CommandError, match="By now 40 records"):
        call(lost=1)
    with pytest.raises(CommandError, match="The cluster has no group nobody"):
        call(group="nobody")
    with pytest.raises(CommandError, match="Name a cluster with --cluster; there is: prod-eu"):
        call("--cluster", "other")
