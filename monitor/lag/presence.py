"""What is there, what is missing and what is gone.

Topics are gone when the metadata lacks them: it is one broker's whole answer, from a log that all
brokers share. As it also leaves out what the account may not describe, they are asked for by name
first (`monitor.lag.withheld`). A listing of groups is only what each coordinator has loaded at that
moment. One that has just come back from a freeze was seen to list none, without an error; so:

1. A listing with errors makes nothing missing: its groups are unknown. So are they while some
   partition that holds groups has no leader (`monitor.lag.observe`).
2. A complete listing that lacks a group makes it missing: unknown, but still there. Its coordinator
   is asked for it by name; one that may not be described, or whose coordinator does not answer, is
   not even missing (`monitor.lag.withheld`).
3. The next complete listing that lacks it too makes it gone, whichever process reads it, for the
   first absence is stored. What is listed in between is there again.

Each shard goes by its own groups and topics; what is another's is for that one to say.

That the coordinator has no commit of a missing group makes it gone no sooner, for it is the same
broker that listed nothing.
"""

from datetime import datetime

from monitor.lag.findings import Findings
from monitor.lag.observe import Ends, Listed
from monitor.lag.roster import Roster
from monitor.models import Group, GroupMember, GroupTopic, Topic


def mark_presence(
    listed: Listed, ends: Ends, findings: Findings, roster: Roster, at: datetime
) -> set[int]:
    """Store what left and what came back; return the groups that are gone by this tick.

    What is gone leaves the views, and is back when it comes again.
    """
    known = {pk for name, pk in roster.topics.items() if roster.shard.owns(name)}
    topics = {roster.topics[listed.partitions.topics[t]] for t in ends.topics.tolist()} & known
    reads = set(findings.reads.ids.tolist())
    roster.gone_reads = _stamp(
        GroupTopic, "gone_at", set(roster.reads.values()), reads, roster.gone_reads, at
    )
    roster.gone_topics = _stamp(Topic, "gone_at", known, topics, roster.gone_topics, at)
    return _mark_groups(listed, {group.id for group in findings.groups}, roster, at)


def _mark_groups(listed: Listed, found: set[int], roster: Roster, at: datetime) -> set[int]:
    """`found` are the groups of this tick: those listed, and those that are unknown."""
    present = {roster.groups[name].id for name in (*listed.names, *listed.withheld_groups)}
    expected = found if listed.groups.is_complete else present
    roster.missing_groups = _stamp(
        Group, "missing_since", expected, present, roster.missing_groups, at
    )
    known, before = {group.id for group in roster.groups.values()}, roster.gone_groups
    roster.gone_groups = _stamp(Group, "gone_at", known, found, before, at)
    newly_gone = roster.gone_groups - before
    if newly_gone:
        GroupMember.objects.filter(group__in=newly_gone).delete()
    return newly_gone


def _stamp(
    model: type[Group] | type[Topic] | type[GroupTopic],
    field: str,
    known: set[int],
    present: set[int],
    absent: set[int],
    at: datetime,
) -> set[int]:
    """Note in `field` since when a known row is absent; return all that are now."""
    leaving, returning = known - present - absent, present & absent
    if leaving:
        model._default_manager.filter(pk__in=leaving).update(**{field: at})
    if returning:
        model._default_manager.filter(pk__in=returning).update(**{field: None})
    return (absent | leaving) - returning
