"""Topics that brokers do not list although they may well be there.

A listing leaves out a topic that the account may not describe, just as one that is deleted. Asked
by its name, brokers tell the two apart, except that they call a name forbidden whether or not there
is such a topic. So only what was known before is asked for, and stays, unread, until it is told to
be gone or is listed again; a name that was never listed never becomes a topic.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from monitor.kafka.codes import FORBIDDEN_TOPIC, INVALID_TOPIC, NO_SUCH_TOPIC, NOT_YET_LISTED
from monitor.kafka.ports import ClusterReader
from monitor.lag.observe import Ends, Listed
from monitor.lag.roster import Roster

_GONE = {NO_SUCH_TOPIC, INVALID_TOPIC}


def with_withheld(reader: ClusterReader, listed: Listed, roster: Roster) -> Listed:
    """Ask for each known topic that the listing lacks; those that are not gone are withheld.

    As few as are missing: nothing is asked in most ticks, and a deleted topic once.
    """
    present = listed.partitions.topic_index
    lacking = sorted(
        name
        for name, topic in roster.topics.items()
        if name not in present and topic not in roster.gone_topics and listed.keeps_topic(name)
    )
    if not lacking:
        return listed
    codes = reader.topic_codes(lacking)
    withheld = {name: codes[name] or NOT_YET_LISTED for name in lacking if codes[name] not in _GONE}
    counts = {name: roster.partition_counts[name] or 0 for name in withheld}
    cluster = replace(listed.cluster, partitions=listed.partitions.with_topics(counts))
    return replace(listed, cluster=cluster, withheld=withheld)


def forbidden_meanwhile(listed: Listed, ends: Ends) -> Mapping[str, int]:
    """Topics that were listed, but that were forbidden before their ends were read.

    Their commits may have been left out of what the groups were said to have.
    """
    partitions = listed.partitions
    places = np.unique(partitions.topic_of[ends.code == FORBIDDEN_TOPIC]).tolist()
    return {partitions.topics[place]: FORBIDDEN_TOPIC for place in places}
