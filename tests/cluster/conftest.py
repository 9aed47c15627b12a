"""One control plane per test run and worker, and a namespace of its own for each test."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cluster import objects
from tests.cluster.bed import Bed
from tests.cluster.programs import NoProgramsError, find_programs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.cluster)


def pytest_runtest_setup(item: pytest.Function) -> None:
    """Leaves tests out from one line of this file, so that the closing summary (-ra) says in one how many, and why."""
    missing = _missing_programs({"nodes"} if "bed_with_nodes" in item.fixturenames else ())
    if missing and os.environ.get("SLEEPWALKER_REQUIRE_CLUSTER") == "1":
        pytest.fail(f"SLEEPWALKER_REQUIRE_CLUSTER=1, but there is {missing}", pytrace=False)
    if missing:
        pytest.skip(f"CLUSTER TESTS LEFT OUT: {missing}")


@pytest.fixture(scope="session")
def programs() -> Path:
    """The folder of the control plane's programs."""
    return find_programs()


@pytest.fixture(scope="session")
def bed(programs: Path) -> Iterator[Bed]:
    """An API server and its store, shared: nothing acts on what is written, and Pods stay as they are written."""
    with Bed(programs) as bed:
        yield bed


@pytest.fixture(scope="session")
def bed_with_nodes(programs: Path) -> Iterator[Bed]:
    """A cluster that does what it is told, with three ready nodes; shared."""
    with Bed(programs, want={"nodes"}) as bed:
        yield bed


@pytest.fixture
def namespace(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh one, in the bed that the test asks for. Emptied afterwards: no other test's controller sees it."""
    bed = request.getfixturevalue("bed_with_nodes" if "bed_with_nodes" in request.fixturenames else "bed")
    name = f"test-{secrets.token_hex(4)}"
    bed.create(objects.namespace(name))
    yield name
    bed.delete_namespace(name)


def _missing_programs(want: Collection[str]) -> str:
    try:
        find_programs(want)
    except NoProgramsError as missing:
        return str(missing)
    return ""
