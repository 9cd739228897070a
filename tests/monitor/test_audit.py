"""The audit trail, whoever writes to its table."""

import pytest
from django.db import DatabaseError, connection, transaction

from monitor.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE monitor_auditentry SET actor = 'somebody else'",
        "DELETE FROM monitor_auditentry",
        "TRUNCATE monitor_auditentry",
    ],
)
def test_nothing_in_the_audit_trail_is_changed_or_removed(statement: str) -> None:
    AuditEntry.objects.create(actor="anna", via="cli", action="replay.run")
    with connection.cursor() as cursor:
        # Off for all tests (`tests/conftest.py`); on again until this one's transaction ends.
        cursor.execute("ALTER TABLE monitor_auditentry ENABLE TRIGGER audit_is_not_truncated")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(statement)
    assert AuditEntry.objects.get().actor == "anna"
