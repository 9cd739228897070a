"""The coordinators of groups, which a new broker makes once somebody asks for one."""

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from tests.waiting import eventually


def bring_up_coordinators(bootstrap_servers: str) -> None:
    """Returns once every group has one: until then some of them answer with an error."""
    admin = AdminClient({"bootstrap.servers": bootstrap_servers})
    assert eventually(lambda: _answer(admin), within_seconds=60)


def _answer(admin: AdminClient) -> bool:
    try:
        for future in admin.describe_consumer_groups(["any"]).values():
            future.result(10)
        return not admin.list_consumer_groups().result(10).errors
    except KafkaException:
        return False
