"""A worker's right to work on a run: a lease by the database's clock, renewed while it works.

Every update asks for the token and the state RUNNING: a run that was paused, cancelled or taken
over meanwhile is told by an update that meets no row. Copying is safe even where a lease was lost
unnoticed, because whoever takes over fences the transactions of the one before.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce, Now

from monitor.models import Replay
from monitor.replay import audit

LEASE_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Lease:
    """Made by `claim`. All methods return false once the right is gone."""

    replay_id: int
    token: uuid.UUID

    def renew(self, **fields: Any) -> bool:
        """Store progress and keep the lease."""
        return self._update(leased_until=Now() + timedelta(seconds=LEASE_SECONDS), **fields)

    def release(self, *, wait_seconds: float = 0.0, **fields: Any) -> bool:
        """Leave the run to whoever claims it, not before `wait_seconds` have passed."""
        until = Now() + timedelta(seconds=wait_seconds)
        return self._update(leased_until=until, lease_token=None, **fields)

    def end(self, state: Replay.State, *, detail: dict[str, Any], **fields: Any) -> bool:
        """Bring the run to a final state, with its audit row."""
        with transaction.atomic():
            if not self._update(
                state=state, finished_at=Now(), lease_token=None, leased_until=None, **fields
            ):
                return False
            replay = Replay.objects.select_related("cluster").get(pk=self.replay_id)
            audit.record(audit.worker_of(replay), state.lower(), replay, **detail)
        return True

    def _update(self, **fields: Any) -> bool:
        ours = Replay.objects.filter(
            pk=self.replay_id, state=Replay.State.RUNNING, lease_token=self.token
        )
        return ours.update(**fields) == 1


def claim(replay_id: int) -> Lease | None:
    """The lease of a run that nobody works on, or None."""
    token = uuid.uuid4()
    claimed = Replay.objects.filter(free(), pk=replay_id).update(
        lease_token=token,
        leased_until=Now() + timedelta(seconds=LEASE_SECONDS),
        started_at=Coalesce("started_at", Now()),
    )
    return Lease(replay_id, token) if claimed else None


def free() -> Q:
    """Runs that wait for a worker: never claimed, handed back, or their worker died."""
    return Q(state=Replay.State.RUNNING) & (Q(leased_until=None) | Q(leased_until__lt=Now()))
