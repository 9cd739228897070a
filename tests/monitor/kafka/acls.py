"""What the user of a test's own broker may do there."""

from confluent_kafka.admin import (  # type: ignore[attr-defined] # documented, not in __all__
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from tests.monitor.kafka.own_broker import PASSWORD, USER, SaslBroker


def login(password: str = PASSWORD) -> dict[str, str]:
    """How the user gets in by the door that asks for it."""
    return {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.username": USER,
        "sasl.password": password,
    }


def acl(
    kind: ResourceType, name: str, operation: AclOperation = AclOperation.DESCRIBE
) -> AclBinding:
    may = (operation, AclPermissionType.ALLOW)
    return AclBinding(kind, name, ResourcePatternType.LITERAL, f"User:{USER}", "*", *may)


def allow(broker: SaslBroker, *wanted: AclBinding) -> None:
    admin = AdminClient({"bootstrap.servers": broker.open_servers})
    for future in admin.create_acls(list(wanted)).values():
        future.result(30)


def forbid(broker: SaslBroker, name: str, kind: ResourceType = ResourceType.TOPIC) -> None:
    """The broker heeds it a moment later."""
    may = (AclOperation.DESCRIBE, AclPermissionType.ALLOW)
    given = AclBindingFilter(kind, name, ResourcePatternType.LITERAL, f"User:{USER}", "*", *may)
    admin = AdminClient({"bootstrap.servers": broker.open_servers})
    for future in admin.delete_acls([given]).values():
        future.result(30)
