"""Which topics a shard looks after: it reads their ends whoever reads there, and stores them once.

Another shard reads them too where its groups do, for its own samples; what there is one of, such as
a topic's latest log, its timeline, its configuration and that it is gone, is the owner's to write.
"""

from monitor.kafka.names import unescape
from monitor.lag.observe import INTERNAL_PREFIX
from monitor.models import Topic
from monitor.patterns import Keeps
from monitor.shards import Shard


def owns_topic(cluster_id: int, shard: Shard) -> Keeps:
    """Whether a topic is the shard's; an internal one is nobody's unless some group reads it.

    Of a shard that is all, those reads are its own, and known by its commits.
    """
    read = frozenset[str]() if shard.is_all else _internal_topics_read(cluster_id)

    def owns(name: str) -> bool:
        return shard.owns(name) and (not name.startswith(INTERNAL_PREFIX) or name in read)

    return owns


def _internal_topics_read(cluster_id: int) -> frozenset[str]:
    rows = Topic.objects.filter(
        cluster_id=cluster_id,
        gone_at=None,
        name__startswith=INTERNAL_PREFIX,
        groups__isnull=False,
        groups__gone_at=None,
    )
    names = rows.distinct().values_list("name", "name_is_escaped")
    return frozenset(unescape(name, is_escaped=is_escaped) for name, is_escaped in names)
