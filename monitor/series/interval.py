"""How long a tick is, for a cluster or an outbox."""

from datetime import timedelta

from django.conf import settings

from monitor.models import Cluster, OutboxSource


def of(subject: Cluster | OutboxSource) -> timedelta:
    """Its own interval, or that of all which have none."""
    own = subject.sample_interval_seconds
    return timedelta(seconds=own or int(settings.HIGHWATER_SAMPLE_INTERVAL))
