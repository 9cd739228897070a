"""`docs/statuses.md`: what each word on a page or in an answer means."""

from docs.generator.markdown import document, section
from monitor.models import Replay
from monitor.values import ReadingFlag, Status

STATUSES = {
    Status.OK: "It keeps up: lag is, or was within the window, at what is allowed (none, or "
    "`allowed_lags` of the cluster); or it falls.",
    Status.ABANDONED: "No member was there and no commit has moved for a day "
    "(`HIGHWATER_ABANDONED_AFTER_HOURS`). Shown apart with the status that it had before, and "
    "counted neither among the groups that are not OK nor in alerts. A group whose members the "
    "broker does not tell, or one that cannot be read, is never called abandoned; consumers that "
    "use assign() are no members, so theirs is while nothing comes for them.",
    Status.UNKNOWN: "Not enough is known to judge: no commit, no log end, or too few samples. "
    "Highwater never says OK for lack of data.",
    Status.WARN: "It moves, but lag has not fallen once within the window. Or it stands still, no "
    "longer than usual: a STALL or STOP is held back while the silence is within three times the "
    "wait that 95 of 100 commits of that partition stay within, and within 15 min. At least ten "
    "waits of the last day must be known for that.",
    Status.STALL: "Members are there, yet the offset has not moved within the window. Offsets are "
    "sampled and commits are not seen, so until its pace is known, a group that commits more "
    "seldom than the window is long (ten samples) looks the same.",
    Status.STOP: "Nobody commits any more, and records wait.",
    Status.REWIND: "The committed offset went back and has not come back to where it was.",
    Status.TRUNCATED: "The committed offset lies beyond the log end: the topic was recreated or "
    "truncated.",
    Status.LOSING: "Records were deleted before the group read them, it has not committed beyond "
    "them since, and nobody has acknowledged the loss; or retention, by time or by size, is to "
    "reach unread ones within the hour, and within a tenth of how long a record lives. The reason "
    "says which of the two. By size a record lives as long as its topic takes to write "
    "`retention.bytes`; *about* means that the size of the log is estimated. Whoever has the "
    "permission `acknowledge_loss` may acknowledge lost records on the group's page, by the API or "
    "by `manage.py acknowledge_losses`; they no longer count then, and those lost later do.",
}
FLAGS = {
    ReadingFlag.NO_COMMIT: "The group has committed nothing here; lag is unknown.",
    ReadingFlag.LOST: "The commit lies before the log's start: what is between is gone unread.",
    ReadingFlag.TRUNCATED: "The commit lies beyond the log end.",
    ReadingFlag.UNREADABLE: "The broker did not tell the commit or the log end.",
    ReadingFlag.FORBIDDEN: "Beside UNREADABLE: the account may not describe the topic. Brokers do "
    "not tell then whether it is still there; it stays until they do, or is left out by "
    "`exclude_topics`. Of topics that it never could describe, nothing is shown.",
    ReadingFlag.LEADERLESS: "Beside UNREADABLE: no broker leads the partition, those that hold it "
    "are down. The commit is known, the log end is not.",
    ReadingFlag.TRANSACTION_OPEN: "A transaction is open: read_committed consumers stop at the "
    "stable end.",
    ReadingFlag.TRANSACTION_HUNG: "A transaction has been open for two minutes or longer: its "
    "producer seems to hang. Producers give theirs up after one minute unless told otherwise.",
}
STATES = {
    Replay.State.PLANNED: "A plan waits to be run; nothing has moved.",
    Replay.State.RUNNING: "A worker moves or copies, or is about to take it.",
    Replay.State.PAUSED: "Stopped for now; what is copied stays copied.",
    Replay.State.SUCCEEDED: "All done, and verified.",
    Replay.State.FAILED: "Ended with an error, which the replay names.",
    Replay.State.CANCELLED: "A person ended it. What was moved or copied by then stays.",
    Replay.State.EXPIRED: "Nobody ran the plan in time; plan again.",
}
CLUSTER = {
    "REACHABLE": "Brokers answer.",
    "RECREATED": "Topics were deleted and created again under their names. Their partitions are "
    "judged anew and their history stays; it is told once, in the tick that met them.",
    "UNREACHABLE": "No broker answers; samples are missing until one does, by itself.",
}


def page() -> str:
    return document(
        "Statuses",
        section(
            "Of a partition or group",
            "A group has the status of its worst partition, once that held for "
            "`HIGHWATER_STATUS_TICKS` samples in a row; what the last sample found is shown beside "
            "it. From best to worst:",
        ),
        *(section(status.value, STATUSES[status], level=3) for status in Status),
        section("Of an outbox", "OK, WARN (rows wait longer and longer, or failed) or UNKNOWN."),
        section("Of a cluster"),
        *(section(name, meaning, level=3) for name, meaning in CLUSTER.items()),
        section("Flags of a partition's reading", "Why a value is odd or missing."),
        *(section(str(flag.name), FLAGS[flag], level=3) for flag in ReadingFlag if flag),
        section("States of a replay"),
        *(section(state.value, STATES[state], level=3) for state in Replay.State),
    )
