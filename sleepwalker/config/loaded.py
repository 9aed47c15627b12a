"""All that was read, put together: policies with their calendars, and every name once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from sleepwalker.config.files import GROUP
from sleepwalker.config.near import near
from sleepwalker.config.reading import Draft, FileRead, problem_at
from sleepwalker.config.sentences import Wrong
from sleepwalker.config.settings import Settings
from sleepwalker.core.calendar import Calendar, CalendarRule, Rule
from sleepwalker.core.instants import shorten
from sleepwalker.core.policy import Policies, Policy
from sleepwalker.core.problem import Problem
from sleepwalker.core.recipe import Recipe
from sleepwalker.core.targets import Ref

_MISSPELT = 0.8
"""How alike an unknown kind must be to a known one to count as that one, misspelt."""

Recipes = Mapping[tuple[str, str], Recipe]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What people have written down, ready for the core."""

    policies: tuple[Policy, ...] = ()
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    recipes: Recipes = field(default_factory=dict)


def put_together(files: Iterable[FileRead]) -> Loaded:
    """Return the whole of what was read, in the order of the files. Of two things with one name the first counts."""
    files = list(files)
    problems = [each for file in files for each in file.problems]
    calendars: dict[str, Calendar] = {}
    broken: dict[str, str] = {}
    for drawn in (each for file in files for each in file.drawn):
        name = drawn.calendar.name
        if name in calendars or name in broken:
            problems.append(problem_at(drawn.document, _again(name)))
        elif drawn.wrong:
            broken[name] = drawn.wrong
        else:
            calendars[name] = drawn.calendar
    policies: dict[str, Policy] = {}
    for draft in (each for file in files for each in file.drafts):
        if draft.policy.name in policies:
            problems.append(problem_at(draft.document, _again(draft.policy.name)))
        else:
            policies[draft.policy.name] = _linked(draft, calendars, broken, problems)
    recipes = {(each.group, each.kind): each for file in files for each in file.recipes}
    return Loaded(tuple(policies.values()), calendars, tuple(problems), recipes)


def to_policies(loaded: Loaded, settings: Settings, recipes: Recipes, itself: Ref | None = None) -> Policies:
    """Return all that decides. A policy for a kind that no recipe knows is in doubt if the kind is misspelt."""
    known = {**recipes, **loaded.recipes}
    kinds = sorted({kind for _, kind in known})
    odd = [each for each in settings.kinds if each not in kinds]
    problems = [*loaded.problems, *(_unknown("settings", each, kinds) for each in odd)]
    policies = [_with_known_kinds(each, kinds, problems) for each in loaded.policies]
    return Policies(
        policies=tuple(replace(each, missed_runs=each.missed_runs or settings.missed_runs) for each in policies),
        calendars=loaded.calendars,
        recipes={row: each for row, each in known.items() if not settings.kinds or row[1] in settings.kinds},
        protected=settings.protected,
        itself=itself,
        zone=settings.zone,
        grace=settings.grace,
        missed_runs=settings.missed_runs,
        problems=tuple(problems),
    )


def _again(name: str) -> Wrong:
    return Wrong(("metadata", "name"), f"there is one named {name!r} already; that one counts, this one does not")


def _linked(
    draft: Draft, calendars: Mapping[str, Calendar], broken: Mapping[str, str], problems: list[Problem]
) -> Policy:
    """Return the policy with its calendars; without one of them it is in doubt."""
    rules, policy = [], draft.policy
    for number, use in enumerate(draft.uses):
        if calendar := calendars.get(use.calendar):
            rules.append(CalendarRule(calendar, use.on))
            continue
        if use.calendar in broken:
            sentence = f"calendar {use.calendar!r} cannot be read: {broken[use.calendar]}"
        else:
            sentence = f"there is no calendar {use.calendar!r}{near(use.calendar, [*calendars, *broken])}"
        wrong = Wrong(("spec", "calendars", number, "name"), sentence)
        problems.append(problem_at(draft.document, wrong))
        policy = replace(policy, wrong=policy.wrong or f"policy {policy.name}: {sentence}")
    rule = Rule(policy.rule.uptime, policy.rule.downtime, tuple(rules), policy.rule.zone)
    return replace(policy, rule=rule)


def _with_known_kinds(policy: Policy, kinds: list[str], problems: list[Problem]) -> Policy:
    for kind in sorted(policy.workloads.kinds - set(kinds)):
        problem = _unknown(policy.name, kind, kinds)
        problems.append(problem)
        if get_close_matches(kind.casefold()[:64], [each.casefold() for each in kinds], n=1, cutoff=_MISSPELT):
            every = replace(policy.workloads, kinds=frozenset())
            policy = replace(policy, workloads=every, wrong=policy.wrong or problem.message)
    return policy


def _unknown(name: str, kind: str, kinds: list[str]) -> Problem:
    speaker = Ref("", "Settings", name) if name == "settings" else Ref("", "SleepPolicy", name, GROUP)
    return Problem(speaker, f"{name}: no recipe says how a {shorten(kind)} sleeps{near(kind, kinds)}")
