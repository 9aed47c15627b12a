import asyncio
import gc

import pytest

from sleepwalker.adapters.kubernetes.cache import Cache
from sleepwalker.adapters.kubernetes.patience import Patience
from sleepwalker.adapters.kubernetes.reflector import Reflector, Source
from sleepwalker.adapters.kubernetes.shelves import WorkloadShelf
from sleepwalker.core.recipe import parse_recipe
from sleepwalker.core.targets import Ref
from tests.adapters.kubernetes.server import (
    Server,
    added,
    all_shown,
    bookmark,
    deleted,
    deployment,
    error,
    hangs_up,
    modified,
    refuses,
    says,
)

PATH = "/apis/apps/v1/deployments"
RECIPE = parse_recipe({"recipe": "apps/v1/Deployment", "sleep": {"/spec/replicas": "{floor}"}})


class Scene:
    """A server, and a reflector of its Deployments at work."""

    def __init__(self, server, session, patience):
        self.server = server
        self.cache = Cache()
        self.moves = []
        shelf = WorkloadShelf(self.cache, RECIPE, "UTC")
        self.reflector = Reflector(session, Source(PATH, PATH), shelf, self._moved, patience)
        self.task = asyncio.create_task(self.reflector.run())

    def _moved(self):
        self.moves.append((self.reflector.synced, self.reflector.problem))

    @property
    def names(self):
        return {ref.name for there in self.cache.workloads.values() for ref in there}

    def replicas(self, name):
        found = self.cache.workload(Ref("team", "Deployment", name, "apps"))
        return found and found.fields["/spec/replicas"]

    async def until(self, predicate):
        await self.server.until(lambda: self.task.done() or predicate())
        if self.task.done():
            self.task.result()


def play(tmp_path, watches, story, **patience):
    """Let the server answer one watch or list after the other, and the story look on."""

    async def run():
        async with Server() as server, server.session(tmp_path) as session:
            server.on(PATH, *watches(server))
            it = Scene(server, session, Patience(**patience))
            try:
                await story(it)
            finally:
                it.task.cancel()
                await asyncio.gather(it.task, return_exceptions=True)

    asyncio.run(run())


def test_one_stream_fills_and_goes_on(tmp_path):
    async def story(it):
        await it.until(lambda: it.reflector.synced and it.replicas("b") == 7)
        assert it.names == {"b"}
        [query] = it.server.watches(PATH)
        assert query["sendInitialEvents"] == "true"
        assert query["resourceVersionMatch"] == "NotOlderThan"
        assert query["allowWatchBookmarks"] == "true"
        assert 240 <= int(query["timeoutSeconds"]) <= 420

    play(
        tmp_path,
        lambda server: [server.watch(added("a", 1), added("b", 2), all_shown(3), modified("b", 4, 7), deleted("a", 5))],
        story,
    )


def test_a_stream_that_ends_before_the_mark_starts_over(tmp_path):
    async def story(it):
        await it.until(lambda: it.reflector.synced)
        assert it.names == {"b"}
        assert len(it.server.watches(PATH)) == 2
        assert all("sendInitialEvents" in each for each in it.server.watches(PATH))

    play(
        tmp_path,
        lambda server: [
            server.watch(added("a", 1), bookmark(2), then="end"),
            server.watch(added("b", 2), all_shown(3)),
        ],
        story,
    )


def test_after_three_broken_streams_pages_are_read(tmp_path):
    async def story(it):
        await it.until(lambda: it.reflector.synced)
        assert it.names == {"a", "b"}
        assert ["watch" in each.query for each in it.server.asked[:5]] == [True, True, True, False, False]
        assert it.server.asked[3].query == {"limit": "500"}
        assert it.server.asked[4].query == {"limit": "500", "continue": "more"}
        await it.until(lambda: len(it.server.asked) > 5)
        assert it.server.asked[5].query["resourceVersion"] == "9"

    play(
        tmp_path,
        lambda server: [
            *(server.watch(added("old", 1), then=how) for how in ("end", "break", "end")),
            says({"metadata": {"resourceVersion": "9", "continue": "more"}, "items": [deployment("a", 1)]}),
            says({"metadata": {"resourceVersion": "9"}, "items": [deployment("b", 2)]}),
            server.watch(bookmark(10)),
        ],
        story,
    )


@pytest.mark.parametrize(
    "refusal",
    [
        pytest.param(refuses(422, "sendInitialEvents is forbidden unless the WatchList gate is on"), id="422"),
        pytest.param(refuses(400, "unknown parameter"), id="400"),
        pytest.param(refuses(403, "sendInitialEvents: forbidden"), id="403"),
    ],
)
def test_a_server_that_knows_no_such_stream_is_listed(tmp_path, refusal):
    async def story(it):
        await it.until(lambda: it.reflector.synced)
        assert ["watch" in each.query for each in it.server.asked[:2]] == [True, False]
        assert it.names == {"a"}

    listed = says({"metadata": {"resourceVersion": "9"}, "items": [deployment("a", 1)]})
    play(tmp_path, lambda server: [refusal, listed, server.watch()], story)


def test_a_page_whose_token_has_expired_starts_the_list_over(tmp_path):
    async def story(it):
        await it.until(lambda: it.reflector.synced)
        assert it.names == {"c"}

    play(
        tmp_path,
        lambda server: [
            refuses(400),
            says({"metadata": {"resourceVersion": "9", "continue": "more"}, "items": [deployment("a", 1)]}),
            refuses(410, "the token has expired"),
            says({"metadata": {"resourceVersion": "12"}, "items": [deployment("c", 11)]}),
            server.watch(),
        ],
        story,
    )


def test_a_stream_that_never_says_that_all_was_shown_is_given_up_for_pages(tmp_path):
    async def story(it):
        await it.until(lambda: it.reflector.synced)
        assert it.names == {"a"}

    listed = says({"metadata": {"resourceVersion": "9"}, "items": [deployment("a", 1)]})
    play(tmp_path, lambda server: [server.watch(added("old", 1)), listed, server.watch()], story, silence_seconds=0.2)


@pytest.mark.parametrize("end", ["end", "break"])
def test_a_watch_that_ends_goes_on_from_the_last_version(tmp_path, end):
    async def story(it):
        await it.until(lambda: it.replicas("a") == 5)
        assert [each.get("resourceVersion") for each in it.server.watches(PATH)] == [None, "8"]
        assert it.reflector.counts["resumed"] == 1
        assert it.reflector.counts["started over"] == 0

    play(
        tmp_path,
        lambda server: [
            server.watch(added("a", 1), all_shown(3), bookmark(8), then=end, slowly=0.01),
            server.watch(modified("a", 9, 5)),
        ],
        story,
    )


@pytest.mark.parametrize(
    "too_old",
    [
        pytest.param([lambda server: server.watch(all_shown(3), error(410))], id="ERROR in the first stream"),
        pytest.param(
            [lambda server: server.watch(all_shown(3), then="end"), lambda server: server.watch(error(410))],
            id="ERROR in a resumed one",
        ),
        pytest.param([lambda server: server.watch(all_shown(3), then="end"), lambda _: refuses(410)], id="status 410"),
        pytest.param(
            [lambda server: server.watch(all_shown(30), bookmark(20))], id="versions that go back: a restored backup"
        ),
    ],
)
def test_a_version_that_is_too_old_starts_over_and_forgets_what_has_gone(tmp_path, too_old):
    async def story(it):
        await it.until(lambda: it.names == {"new"})
        assert it.reflector.counts["started over"] == 1
        assert it.reflector.synced

    play(
        tmp_path,
        lambda server: [*(each(server) for each in too_old), server.watch(added("new", 20), all_shown(21))],
        story,
    )


@pytest.mark.parametrize(
    "garbage",
    [b"{no json\n", b"null\n", b'{"type":"ADDED"}\n', b'{"type":"ADDED","object":{"metadata":[]}}\n', b"\xff\xfe\n"],
)
def test_a_garbled_line_is_asked_for_again(tmp_path, garbage):
    async def story(it):
        await it.until(lambda: it.replicas("a") == 5)
        assert it.server.watches(PATH)[1]["resourceVersion"] == "3"
        assert it.reflector.counts["garbled"] == 1

    play(
        tmp_path,
        lambda server: [server.watch(added("a", 1), all_shown(3), garbage), server.watch(modified("a", 4, 5))],
        story,
    )


def test_a_line_that_stays_garbled_starts_over(tmp_path):
    async def story(it):
        await it.until(lambda: it.names == {"new"})
        assert it.reflector.counts["garbled"] == 3
        assert it.reflector.counts["started over"] == 1

    play(
        tmp_path,
        lambda server: [
            server.watch(added("a", 1), all_shown(3), b"garbage\n"),
            server.watch(b"garbage\n"),
            server.watch(b"garbage\n"),
            server.watch(added("new", 8), all_shown(9)),
        ],
        story,
    )


def test_forbidden_is_a_problem_and_nothing_is_seen(tmp_path):
    async def story(it):
        await it.until(lambda: it.reflector.problem)
        assert not it.reflector.synced
        assert "cannot list deployments" in it.reflector.problem
        assert it.reflector.settled
        await asyncio.sleep(0.3)
        assert len(it.server.asked) == 3

    play(tmp_path, lambda _: [refuses(403, "robot cannot list deployments")], story, most_backoff_seconds=0.01)


def test_what_is_forbidden_later_is_forgotten_and_tried_again(tmp_path):
    async def story(it):
        await it.until(lambda: len(it.moves) == 3)
        assert [(synced, bool(problem)) for synced, problem in it.moves] == [
            (True, False),
            (False, True),
            (True, False),
        ]
        assert it.names == {"b"}

    play(
        tmp_path,
        lambda server: [
            server.watch(added("a", 1), all_shown(3), then="end"),
            refuses(403),
            refuses(403),
            server.watch(added("b", 4), all_shown(5)),
        ],
        story,
        denied_seconds=0.1,
        most_backoff_seconds=0.01,
    )


def test_a_server_that_has_just_started_may_forbid_for_a_moment(tmp_path):
    async def story(it):
        await it.until(lambda: it.replicas("a") == 2)
        assert it.moves == [(True, "")]

    play(
        tmp_path,
        lambda server: [
            server.watch(added("a", 1), all_shown(3), then="end"),
            refuses(403),
            server.watch(modified("a", 4, 2)),
        ],
        story,
        most_backoff_seconds=0.01,
    )


@pytest.mark.parametrize(("refusal", "settled"), [(refuses(500), True), (hangs_up(), False)], ids=["fails", "is away"])
def test_a_server_that_fails_is_a_problem_until_it_is_back(tmp_path, refusal, settled):
    async def story(it):
        await it.until(lambda: it.moves)
        assert "cannot be watched" in it.reflector.problem
        assert (it.reflector.synced, it.reflector.settled) == (False, settled)
        it.server.on(PATH, refuses(429, Retry_After="0"), it.server.watch(all_shown(3)))
        await it.until(lambda: it.reflector.synced)
        assert it.reflector.problem == ""
        assert "sendInitialEvents" in it.server.asked[-1].query

    play(tmp_path, lambda _: [refusal], story, most_backoff_seconds=0.01)


def test_what_a_write_was_answered_with_makes_its_echo_no_news(tmp_path):
    async def story(it):
        await it.until(lambda: it.reflector.synced)
        shelf = WorkloadShelf(it.cache, RECIPE, "UTC")
        shelf.put_answer(deployment("a", 5, 0))
        assert it.cache.take_changed() == {"team"}
        await it.until(lambda: it.cache.workload(Ref("team", "Deployment", "a", "apps")).resource_version == "6")
        assert it.cache.take_changed() == frozenset()
        assert it.replicas("a") == 0

    play(
        tmp_path,
        lambda server: [
            server.watch(
                added("a", 1, 3),
                all_shown(2),
                modified("a", 4, 3),
                modified("a", 5, 0),
                modified("a", 6, 0),
                slowly=0.1,
            )
        ],
        story,
    )


def test_an_answer_does_not_bring_back_what_was_deleted():
    cache = Cache()

    WorkloadShelf(cache, RECIPE, "UTC").put_answer(deployment("a", 5, 0))

    assert cache.workloads == {}


def test_the_collector_is_held_off_while_filling_only(tmp_path):
    during = []

    class Watchful(WorkloadShelf):
        def put(self, thing):
            during.append(gc.isenabled())
            return super().put(thing)

    async def run():
        async with Server() as server, server.session(tmp_path) as session:
            server.on(PATH, server.watch(added("a", 1), all_shown(2)))
            reflector = Reflector(session, Source(PATH, PATH), Watchful(Cache(), RECIPE, "UTC"), lambda: None)
            task = asyncio.create_task(reflector.run())
            await server.until(lambda: reflector.synced)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())

    assert during == [False]
    assert gc.isenabled()
