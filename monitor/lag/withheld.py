"""Topics and groups that brokers do not list although they may well be there.

A listing leaves out what the account may not describe, just as what is deleted. Asked by name,
brokers tell the two apart, except that they call a name forbidden whether or not there is such a
topic or group. So only what was known before is asked for, and stays, unread, until it is told to
be gone or is listed again; a name that was never listed never becomes a topic.

Of a group that is not listed, it is its coordinator that tells. One that cannot be reached, or is
not ready, says nothing of the group.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from monitor.kafka.codes import (
    COORDINATOR_LOADING,
    COORDINATOR_MOVED,
    FORBIDDEN_GROUP,
    FORBIDDEN_TOPIC,
    INVALID_TOPIC,
    NO_COORDINATOR,
    NO_SUCH_TOPIC,
    NOT_YET_LISTED,
    SILENCE,
)
from monitor.kafka.ports import ClusterReader
from monitor.lag.observe import Ends, Listed, Renew, read_commits_of
from monitor.lag.roster import Roster

_GONE = {NO_SUCH_TOPIC, INVALID_TOPIC}
_UNTOLD = {
    FORBIDDEN_GROUP,
    COORDINATOR_LOADING,
    NO_COORDINATOR,
    COORDINATOR_MOVED,
    *SILENCE,
}


def with_withheld(reader: ClusterReader, listed: Listed, roster: Roster, renew: Renew) -> Listed:
    """Ask for all that is known and not listed; what is not gone by the answers is withheld.

    As few as are missing: nothing is asked in most ticks, a deleted topic once, a deleted group
    until it counts as gone.
    """
    listed = _with_topics(reader, listed, roster)
    renew()
    return _with_groups(reader, listed, roster, renew)


def _with_topics(reader: ClusterReader, listed: Listed, roster: Roster) -> Listed:
    lacking = sorted(
        name
        for name in roster.topics.keys() - listed.partitions.topic_index.keys()
        if roster.topics[name] not in roster.gone_topics and listed.keeps_topic(name)
    )
    if not lacking:
        return listed
    codes = reader.topic_codes(lacking)
    withheld = {name: codes[name] or NOT_YET_LISTED for name in lacking if codes[name] not in _GONE}
    counts = {name: roster.partition_counts[name] or 0 for name in withheld}
    cluster = replace(listed.cluster, partitions=listed.partitions.with_topics(counts))
    return replace(listed, cluster=cluster, withheld=withheld)


def _with_groups(reader: ClusterReader, listed: Listed, roster: Roster, renew: Renew) -> Listed:
    if not listed.groups.is_complete:
        return listed
    lacking = sorted(
        name
        for name in roster.groups.keys() - set(listed.names)
        if roster.groups[name].id not in roster.gone_groups and listed.keeps_group(name)
    )
    if not lacking:
        return listed
    codes = read_commits_of(reader, lacking, listed.partitions, renew).group_error.tolist()
    told = zip(lacking, codes, strict=True)
    return replace(listed, withheld_groups={name: code for name, code in told if code in _UNTOLD})


def forbidden_meanwhile(listed: Listed, ends: Ends, roster: Roster) -> Mapping[str, int]:
    """Known topics that were listed, but that were forbidden before their ends were read.

    Their commits may have been left out of what the groups were said to have. Of one that is new
    nothing was read before that could stand in.
    """
    partitions = listed.partitions
    places = np.unique(partitions.topic_of[ends.code == FORBIDDEN_TOPIC]).tolist()
    names = (partitions.topics[place] for place in places)
    return {name: FORBIDDEN_TOPIC for name in names if name in roster.topics}
