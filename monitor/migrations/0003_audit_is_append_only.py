"""The audit table refuses UPDATE, DELETE and TRUNCATE, whoever asks."""

from django.db import migrations

CREATE = """
CREATE FUNCTION monitor_refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only';
END
$$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON monitor_auditentry
    FOR EACH ROW EXECUTE FUNCTION monitor_refuse_audit_change();
CREATE TRIGGER audit_is_not_truncated BEFORE TRUNCATE ON monitor_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION monitor_refuse_audit_change();
"""

DROP = """
DROP TRIGGER audit_is_not_truncated ON monitor_auditentry;
DROP TRIGGER audit_is_append_only ON monitor_auditentry;
DROP FUNCTION monitor_refuse_audit_change();
"""


class Migration(migrations.Migration):
    dependencies = [("monitor", "0002_samples")]
    operations = [migrations.RunSQL(CREATE, DROP)]
