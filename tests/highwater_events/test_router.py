import pytest

from highwater_events.errors import RouterError
from highwater_events.router import Context, Router, Unknown
from tests.highwater_events.events import a_record, an_event


def context(kind: str = "order.placed", *, is_replay: bool = False) -> Context:
    event = an_event(kind=kind)
    return Context(event, a_record(event), is_replay=is_replay)


def handle(context: Context) -> None: ...


def test_an_event_goes_to_the_handler_of_its_type() -> None:
    router = Router()
    router.on("order.placed", "order.changed")(handle)
    route = router.route(context("order.changed"))
    assert route is not None
    assert route.handler is handle


def test_a_type_without_handler_is_passed_over() -> None:
    assert Router().route(context()) is None


def test_a_type_without_handler_fails_where_the_router_is_strict() -> None:
    router = Router(unknown=Unknown.FAIL)
    router.on("order.changed")(handle)
    with pytest.raises(RouterError, match=r"'order.placed'; handled are: order.changed"):
        router.route(context())


def test_a_type_has_one_handler() -> None:
    router = Router()
    router.on("order.placed")(handle)
    with pytest.raises(RouterError, match="has a handler already"):
        router.on("order.placed")(handle)


def test_a_handler_is_for_some_type() -> None:
    with pytest.raises(RouterError, match="at least one event type"):
        Router().on()(handle)


@pytest.mark.parametrize(("is_replay", "is_called"), [(True, False), (False, True)])
def test_a_handler_may_refuse_replays(is_replay: bool, is_called: bool) -> None:
    router = Router()
    router.on("order.placed", accepts_replays=False)(handle)
    assert (router.route(context(is_replay=is_replay)) is not None) == is_called


def test_replays_are_handled_like_any_event_otherwise() -> None:
    router = Router()
    router.on("order.placed")(handle)
    assert router.route(context(is_replay=True)) is not None
