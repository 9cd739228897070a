"""Which of several workers has a shard's next tick: for a moment, only whoever is best off.

Any may take any tick, and nothing goes wrong by it. But windows and timelines are in memory, so who
did the last tick has the next at once, where another would first load what it lacks; and two shards
of one cluster in one process would wait for each other. So whoever gets the hint of a tick that is
better had by another passes it on, until the slot has begun some time ago: nobody is waited for.
"""

from datetime import timedelta

from django.db.models import Q

from monitor.lag.alone import alone, has_others
from monitor.lag.claim import database_time, slot_of
from monitor.lag.memory import forget
from monitor.models import Cluster, Tick
from monitor.series import interval
from monitor.shards import Shard
from monitor.ticks import this_worker

LONGEST_WAIT = timedelta(seconds=2)
# Of the slots before this one, how many tell who has the shard: any others may be long gone.
SLOTS_BACK = 2


def is_for_another(cluster_id: int, shard: int) -> bool:
    """Whether the hint of the present slot is better passed on to the next worker.

    What this one remembers of a shard that another has had for some slots is dropped: it would have
    to be brought up to date before it is of use, and takes as much memory as the other's.
    """
    cluster = Cluster.objects.select_related("state").filter(pk=cluster_id).first()
    if cluster is None:
        return False
    now, every = database_time(), interval.of(cluster)
    slot_at = slot_of(now, interval.asked(cluster))
    if now - slot_at >= min(LONGEST_WAIT, every / 2):
        return False
    # tick_cluster: the newest slots of one cluster.
    ticks = Tick.objects.filter(cluster=cluster, slot_at__gte=slot_at - SLOTS_BACK * every)
    mine = ticks.filter(Q(shard=shard) | ~Q(shards=cluster.shards)).order_by("-slot_at")
    if mine.filter(slot_at__gte=slot_at).exists():
        return False  # nothing is left to take
    workers = list(mine.exclude(state=Tick.State.SKIPPED).values_list("worker", flat=True))
    if len(workers) >= SLOTS_BACK and this_worker() not in workers:
        _drop_memory(cluster_id, Shard(shard, cluster.shards))
    is_anothers = bool(workers) and workers[0] != this_worker()
    return is_anothers or has_others(cluster_id, shard)


def _drop_memory(cluster_id: int, shard: Shard) -> None:
    with alone(cluster_id, shard.number) as is_free:
        if is_free:  # else a thread whose lease ran out still changes it
            forget(cluster_id, shard)
