"""Live messages by way of a real Valkey."""

import pytest
from channels.layers import get_channel_layer
from django.conf import LazySettings

from monitor import broadcast


async def test_what_a_browser_listens_to_is_known(transactional_db: None) -> None:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    for topic in ("group.17", "group.23", "overview.99"):
        await layer.group_add(topic, channel)
    try:
        assert broadcast.heard("group") == frozenset({17, 23})
        await layer.group_discard("group.17", channel)
        assert broadcast.heard("group") == frozenset({23})
    finally:
        await layer.flush()
    assert broadcast.heard("group") == frozenset()


def test_without_valkey_nobody_knows_who_listens(
    settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    config = {"hosts": ["redis://127.0.0.1:1"], "prefix": "highwater0"}
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "none", "CONFIG": config}}
    assert broadcast.heard("group") is None
    assert "who listens is not known" in caplog.text
