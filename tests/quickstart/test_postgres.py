import shutil
from collections.abc import Iterator

import pytest

from quickstart import place, postgres
from quickstart.errors import StateError
from quickstart.place import Place
from quickstart.state import State
from quickstart.supervisor import Supervisor


@pytest.fixture
def where(state: State) -> Iterator[Place]:
    yield place.choose(state)
    place.clear(state.folder)


def test_a_data_folder_that_vanished_stops_the_start_and_names_the_way_out(
    supervisor: Supervisor, state: State, where: Place
) -> None:
    postgres.initialise(supervisor, state, where)
    shutil.rmtree(where.cluster)
    with pytest.raises(StateError, match=r"cluster is gone, while (.|\n)*make demo-reset"):
        postgres.initialise(supervisor, state, place.choose(state))
    assert not where.cluster.exists()


def test_a_first_start_that_was_interrupted_begins_again(
    supervisor: Supervisor, state: State, where: Place
) -> None:
    state.secret(place.SUPERUSER)
    (where.folder / "cluster.new").mkdir()
    postgres.initialise(supervisor, state, where)
    postgres.initialise(supervisor, state, where)
    assert (where.cluster / "PG_VERSION").exists()
