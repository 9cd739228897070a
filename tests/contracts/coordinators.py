"""The coordinators of groups, which a new broker makes once somebody asks for one."""

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from tests.waiting import eventually


def bring_up_coordinators(bootstrap_servers: str) -> None:
    """Returns once every group has one: until then some of them answer with an error."""
    assert eventually(lambda: _answer(bootstrap_servers), within_seconds=60)


def _answer(bootstrap_servers: str) -> bool:
    # A client of its own: one that asks while the coordinators are made may wait for ever.
    admin = AdminClient({"bootstrap.servers": bootstrap_servers})
    try:
        for future in admin.describe_consumer_groups(["any"]).values():
            future.result(5)
        return not admin.list_consumer_groups().result(10).errors
    except (KafkaException, TimeoutError):
        return False
