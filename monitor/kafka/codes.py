"""Error codes of readings, in words. Positive ones are Kafka's, negative ones librdkafka's."""

NAME_NOT_CARRIED = -1000  # ours: the client cannot carry this name to the broker
NOT_LISTED = -1001  # ours: some broker did not answer, and no other listed the group
MISSING = -1002  # ours: every broker answered, and none listed the group
MALFORMED_ANSWER = -1003  # ours: a broker's answer ends too early or makes no sense
NO_SUCH_CALL = -1004  # ours: the client that reads the cluster cannot ask for it
NOT_YET_LISTED = -1005  # ours: the topic was not listed, but brokers told of it right after
NO_SUCH_TOPIC = 3
NO_LEADER = 5
NOT_THE_LEADER = 6
COORDINATOR_LOADING, NO_COORDINATOR, COORDINATOR_MOVED = 14, 15, 16
INVALID_TOPIC = 17
FORBIDDEN_TOPIC = 29
FORBIDDEN_GROUP = 30
CLUSTER_DENIED = 31
UNSUPPORTED_VERSION = 35

_WORDS = {
    NAME_NOT_CARRIED: "this client cannot carry the group's name",
    NOT_LISTED: "the broker that knows the group did not answer",
    MISSING: "no broker lists the group any more",
    MALFORMED_ANSWER: "the broker's answer makes no sense",
    NO_SUCH_CALL: "the client that reads this cluster cannot ask for it",
    NOT_YET_LISTED: "the topic is back since this sample began",
    -195: "the broker hung up",
    -169: "the broker refuses the log-in",
    -187: "no broker answers",
    -185: "the broker did not answer in time",
    NO_SUCH_TOPIC: "the topic or partition is not known",
    NO_LEADER: "the partition has no leader",
    NOT_THE_LEADER: "the partition's leader has moved",
    COORDINATOR_LOADING: "the coordinator is still loading",
    NO_COORDINATOR: "the coordinator is not available",
    COORDINATOR_MOVED: "the coordinator has moved",
    24: "the client refuses the group's name",
    25: "the group has members",
    FORBIDDEN_TOPIC: "access to the topic is denied",
    FORBIDDEN_GROUP: "access to the group is denied",
    CLUSTER_DENIED: "access to the cluster is denied",
    UNSUPPORTED_VERSION: "the broker does not know the request",
}

# Codes that say nothing about the subject, only that nobody answered.
SILENCE = frozenset({-195, -187, -185, -193, -166})


def in_words(code: int) -> str:
    return _WORDS.get(code, f"error {code}")
