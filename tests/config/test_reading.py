"""Documents become policies and calendars; what is wrong becomes a sentence with file, line and way."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from sleepwalker.config.documents import HIGHEST, Context
from sleepwalker.config.loaded import put_together
from sleepwalker.config.reading import Beside, read_documents
from sleepwalker.config.yaml import load_yaml
from sleepwalker.core.calendar import Like, Part
from sleepwalker.core.policy import NamespaceSelector, WorkloadSelector
from tests.config.hostile import HOSTILE

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 24, 9, tzinfo=UTC)


def read(text, folder=None):
    documents, troubles = load_yaml(text.encode(), "p.yaml")
    assert troubles == []
    return read_documents(documents, Context("Europe/Berlin", NOW, Beside(folder).read))


def policy(spec, name="nights"):
    return f"apiVersion: sleepwalker.dev/v1alpha1\nkind: SleepPolicy\nmetadata: {{name: {name}}}\nspec: {spec}\n"


def calendar(spec, name="days"):
    return f"apiVersion: sleepwalker.dev/v1alpha1\nkind: Calendar\nmetadata: {{name: {name}}}\nspec: {spec}\n"


def the_policy(spec):
    found = read(policy(spec))
    assert found.problems == []
    return found.drafts[0].policy


def messages(found):
    return [each.message for each in found.problems]


def test_the_example_of_the_design_is_read_whole():
    text = """
apiVersion: sleepwalker.dev/v1alpha1
kind: SleepPolicy
metadata: {name: office-hours}
spec:
  priority: 10
  namespaces: {matchLabels: {tier: dev}, names: ["team-*"], exclude: ["team-oncall"]}
  workloads: {kinds: [Deployment, StatefulSet, CronJob], matchLabels: {}}
  uptime: Mon-Fri 08:00-20:00 Europe/Berlin
  calendars: [{name: germany-by, on: sleep}, {name: release-freeze, on: awake}, {name: bridge, on: like Sunday}]
  floor: 0
  grace: 30m
  missedRuns: run
  wakeTimeout: 10m
  maxOverride: 12h
"""

    [draft] = read(text).drafts

    found = draft.policy
    assert (found.name, found.priority, found.floor, found.missed_runs) == ("office-hours", 10, 0, "run")
    assert found.namespaces == NamespaceSelector({"tier": "dev"}, ("team-*",), ("team-oncall",))
    assert found.workloads == WorkloadSelector(frozenset({"Deployment", "StatefulSet", "CronJob"}))
    assert (found.grace, found.max_override) == (timedelta(minutes=30), timedelta(hours=12))
    assert [each.on for each in draft.uses] == ["sleep", "awake", Like(6)]
    assert found.rule.opinion(TUESDAY) is True
    assert found.wrong == ""


def test_what_is_left_out_is_left_to_others():
    found = the_policy("{uptime: always}")

    assert (found.floor, found.grace, found.missed_runs, found.max_override) == (None, None, None, None)
    assert found.wake_timeout == timedelta(minutes=10)


@pytest.mark.parametrize(("value", "opinion"), [("true", True), ("false", False), ("always", True), ("never", False)])
def test_a_schedule_may_be_true_or_false(value, opinion):
    assert the_policy(f"{{uptime: {value}}}").rule.opinion(TUESDAY) is opinion


@pytest.mark.parametrize(
    ("spec", "awake"),
    [
        pytest.param("{uptime: '10:00-11:00'}", True, id="the settings' zone"),
        pytest.param("{uptime: '18:00-19:00', zone: Asia/Tokyo}", True, id="the policy's zone"),
        pytest.param("{uptime: '18:00-19:00 Asia/Tokyo'}", True, id="the window's zone"),
        pytest.param("{uptime: '10:00-11:00', zone: Asia/Tokyo}", False, id="the policy's before the settings'"),
    ],
)
def test_a_schedule_without_a_zone_is_in_the_nearest_one(spec, awake):
    assert the_policy(spec).rule.opinion(TUESDAY) is awake


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        pytest.param("{uptme: always}", "spec.uptme: no such key; is 'uptime' meant?", id="a misspelt key"),
        pytest.param("{uptime: always, x: 1}", "spec.x: no such key; there are priority, namespaces,", id="a key"),
        pytest.param("{uptime: Mon-Fri 8-20}", "spec.uptime: '8' is not a time of day like '08:00'", id="a schedule"),
        pytest.param("{uptime: always, floor: two}", "spec.floor: 'two' is not a whole number", id="words"),
        pytest.param("{uptime: always, floor: true}", "spec.floor: True is not a whole number", id="true for 1"),
        pytest.param("{uptime: always, floor: -1}", "spec.floor: -1 is not from 0 to 100000", id="a bound"),
        pytest.param("{uptime: always, priority: high}", "spec.priority: 'high' is not a whole number", id="priority"),
        pytest.param("{uptime: always, grace: 30}", "spec.grace: 30 is not text; put it in quotes", id="a bare number"),
        pytest.param("{uptime: always, grace: 5 min}", "spec.grace: '5 min' is not a duration like '15m'", id="min"),
        pytest.param("{uptime: always, missedRuns: walk}", "spec.missedRuns: 'walk' is not 'skip' or 'run'", id="runs"),
        pytest.param("{uptime: always, zone: CET/Berlin}", "spec.zone: 'CET/Berlin' is not a time zone", id="zone"),
        pytest.param("{uptime: }", "spec.uptime: has no value; leave the key out, or give it one", id="no value"),
        pytest.param("{}", "spec: it says neither uptime nor downtime nor calendars", id="nothing said"),
        pytest.param("[]", "spec: [] is not an object", id="a list for a spec"),
        pytest.param("", "spec: has no value", id="no spec"),
        pytest.param("{uptime: always, namespaces: }", "spec.namespaces: has no value", id="namespaces left open"),
        pytest.param(
            "{uptime: always, namespaces: {names: []}}",
            "spec.namespaces.names: is empty; leave the key out, or name at least one",
            id="no names",
        ),
        pytest.param(
            "{uptime: always, namespaces: {names: team-a}}",
            "spec.namespaces.names: 'team-a' is not a list",
            id="one name",
        ),
        pytest.param(
            "{uptime: always, namespaces: {matchLabels: {tier: 1}}}",
            "spec.namespaces.matchLabels.tier: 1 is not text; put it in quotes",
            id="a number for a label",
        ),
        pytest.param(
            "{calendars: [{name: x, on: doze}]}",
            "spec.calendars[0].on: 'doze' is not what a calendar's day can mean",
            id="a meaning",
        ),
        pytest.param("{calendars: [{on: sleep}]}", "spec.calendars[0].name: is missing", id="a calendar's name"),
    ],
)
def test_a_rule_that_cannot_be_read_says_where_and_why_and_puts_what_it_selects_in_doubt(spec, message):
    found = read(policy(spec))

    assert messages(found)[0].startswith("p.yaml:4: ")
    assert message in messages(found)[0]
    assert len(messages(found)) == 1
    assert found.drafts[0].policy.wrong.startswith("policy nights: spec")


def test_a_sentence_has_the_line_of_the_value():
    found = read(policy("\n  uptime: always\n  namespaces:\n    names:\n    - a\n    - 5"))

    assert messages(found) == ["p.yaml:9: spec.namespaces.names[1]: 5 is not text; put it in quotes"]


def test_a_selector_that_cannot_be_read_selects_more_never_less():
    namespaces = "{names: [a, 5], exclude: [b, 6], matchLabels: {t: x, u: 7}}"
    spec = f"{{uptime: never, namespaces: {namespaces}, workloads: {{kind: A}}}}"

    [draft] = read(policy(spec)).drafts

    assert draft.policy.namespaces == NamespaceSelector({"t": "x"})
    assert draft.policy.workloads == WorkloadSelector()
    assert draft.policy.wrong


def test_a_priority_that_cannot_be_read_is_the_highest():
    [draft] = read(policy("{uptime: never, priority: 1e3x}")).drafts

    assert draft.policy.priority == HIGHEST


def test_all_that_is_wrong_is_said_at_once():
    found = read(policy("{uptime: Mon, downtime: Tue, grace: x, floor: y, calendars: [{name: a, on: b}]}"))

    assert len(found.problems) == 5


@pytest.mark.parametrize("name", ["", "Nights", "a b", "../x", "5", "-a", "{}"])
def test_a_policy_without_a_proper_name_is_in_doubt_all_the_same(name):
    [draft] = read(policy("{uptime: never}", name)).drafts

    assert draft.policy.wrong
    assert draft.policy.name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "apiVersion: sleepwalker.dev/v1\nkind: SleepPolicy",
            "p.yaml:1: apiVersion: 'sleepwalker.dev/v1' is not 'sleepwalker.dev/v1alpha1'",
            id="a version",
        ),
        pytest.param(
            "apiVersion: sleepwalker.dev/v1alpha1\nkind: SleepPolcy",
            "p.yaml:2: kind: 'SleepPolcy' is not known to this version; is 'SleepPolicy' meant?",
            id="a misspelt kind",
        ),
        pytest.param(
            "apiVersion: sleepwalker.dev/v1alpha1\nkind: Pool",
            "p.yaml:2: kind: 'Pool' is not known to this version; it knows SleepPolicy, Calendar, Recipe",
            id="a kind to come",
        ),
        pytest.param("kind: {a: b}", "p.yaml:1: apiVersion: None is not", id="a kind that is an object"),
    ],
)
def test_a_document_of_another_kind_is_a_problem(text, message):
    found = read(text)

    assert message in messages(found)[0]
    assert found.drafts == []


FIELDS = ["uptime", "downtime", "zone", "grace", "wakeTimeout", "maxOverride", "missedRuns", "priority", "floor",
          "namespaces", "workloads", "calendars"]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("field", FIELDS)
def test_no_value_makes_a_policy_stumble(field, value):
    document = {"apiVersion": "sleepwalker.dev/v1alpha1", "kind": "SleepPolicy", "metadata": {"name": "a"},
                "spec": {"uptime": "never", field: value}}  # fmt: skip

    loaded = put_together([read(json.dumps(document))])

    [found] = loaded.policies
    assert bool(found.wrong) == bool(loaded.problems)
    assert all(len(each.message) < 1000 and each.message.isprintable() for each in loaded.problems)


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("field", ["apiVersion", "kind", "metadata", "spec", "name"])
@pytest.mark.parametrize("kind", ["SleepPolicy", "Calendar", "Recipe"])
def test_no_value_makes_a_document_stumble(kind, field, value):
    document = {"apiVersion": "sleepwalker.dev/v1alpha1", "kind": kind, "metadata": {"name": "a"}, "spec": {}}
    document = {**document, "metadata": {"name": value}} if field == "name" else {**document, field: value}

    loaded = put_together([read(json.dumps(document))])

    assert loaded.problems
    assert all(each.wrong for each in loaded.policies)
    assert loaded.calendars == {}


# Calendars


def the_calendar(spec, folder=None):
    found = read(calendar(spec), folder)
    assert found.problems == []
    return found.drawn[0].calendar


def test_dates_are_days_parts_of_days_and_ranges():
    found = the_calendar(
        "{dates: [2026-12-24, {date: 2026-12-31, from: 12:00}, {date: 2027-01-02, to: '12:00'}, "
        "{from: 2027-03-01, to: 2027-03-02}]}"
    )

    assert found.days == {date(2026, 12, 24), date(2027, 3, 1), date(2027, 3, 2)}
    assert found.parts == (Part(date(2026, 12, 31), "12:00", "24:00"), Part(date(2027, 1, 2), "00:00", "12:00"))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        pytest.param("{dates: [2026-02-30]}", "spec.dates[0]: '2026-02-30' is no date: day is out of range", id="day"),
        pytest.param("{dates: [24.12.2026]}", "'24.12.2026' is not a date like", id="a German date"),
        pytest.param("{dates: [20261224]}", "spec.dates[0]: 20261224 is not an object", id="a number"),
        pytest.param("{dates: ['2026-W52-4']}", "'2026-W52-4' is not a date like '2026-12-24'", id="a week"),
        pytest.param("{dates: [{from: 2026-12-24}]}", "a range of dates needs both 'from' and 'to'", id="half a range"),
        pytest.param("{dates: [{from: 2026-12-24, to: 2026-12-01}]}", "2026-12-01 is before", id="backwards"),
        pytest.param("{dates: [{from: 0001-01-01, to: 9999-12-31}]}", "more than 10000 days", id="every day"),
        pytest.param(
            "{dates: [{date: 2026-12-24, from: '18:00', to: '12:00'}]}",
            "spec.dates[0]: 2026-12-24 from 18:00 to 12:00 ends before it begins",
            id="times backwards",
        ),
        pytest.param("{dates: [{date: 2026-12-24, from: noon}]}", "'noon' is not a time of day", id="noon"),
        pytest.param("{dates: [{date: 2026-12-24, form: x}]}", "no such key; is 'from' meant?", id="a misspelt key"),
        pytest.param("{holidays: {country: XX}}", "'XX' is not the code of a country whose", id="a country"),
        pytest.param("{holidays: {country: DE, region: BX}}", "'BX' is not a region of DE", id="a region"),
        pytest.param("{holidays: {country: DE, categories: [odd]}}", "the holidays of DE: Category", id="a category"),
        pytest.param("{holidays: {country: DE, years: [26]}}", "26 is not a year from 1900 to 2100", id="a year"),
        pytest.param("{holidays: {region: BY}}", "spec.holidays.country: is missing", id="no country"),
        pytest.param("{icsText: nonsense}", "spec.icsText: this is not an iCalendar file", id="no iCalendar"),
        pytest.param("{ics: days.ics}", "'days.ics' is beside no file", id="from standard input"),
        pytest.param("{}", "spec: it has neither dates nor holidays nor ics", id="nothing"),
    ],
)
def test_a_calendar_that_cannot_be_read_says_where_and_why(spec, message):
    found = read(calendar(spec))

    assert message in messages(found)[0]
    assert found.drawn[0].wrong


def test_holidays_of_a_region_are_those_of_the_years_around_now():
    days = the_calendar("{holidays: {country: de, region: BY}}").days

    assert date(2026, 1, 6) in days
    assert {min(days).year, max(days).year} == {2025, 2032}


def test_holidays_of_given_years_are_of_those_years_alone():
    days = the_calendar("{holidays: {country: DE, years: [2030]}}").days

    assert {day.year for day in days} == {2030}


ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:test
BEGIN:VEVENT
UID:1
SUMMARY:Company day
DTSTART;VALUE=DATE:20261228
DTEND;VALUE=DATE:20261230
END:VEVENT
BEGIN:VEVENT
UID:2
SUMMARY:Party, in UTC
DTSTART:20261223T130000Z
DTEND:20261223T220000Z
END:VEVENT
BEGIN:VEVENT
UID:3
SUMMARY:Every year
DTSTART;VALUE=DATE:20200501
RRULE:FREQ=YEARLY
END:VEVENT
BEGIN:VEVENT
UID:4
SUMMARY:Over night, in no zone
DTSTART:20270101T220000
DTEND:20270103T060030
END:VEVENT
BEGIN:VEVENT
UID:5
STATUS:CANCELLED
DTSTART;VALUE=DATE:20261111
END:VEVENT
END:VCALENDAR
"""


def test_an_icalendar_file_beside_the_policy_gives_days_and_parts(tmp_path):
    (tmp_path / "days.ics").write_text(ICS.replace("\n", "\r\n"))

    found = the_calendar("{ics: days.ics}", tmp_path)

    mays = {date(year, 5, 1) for year in range(2025, 2033)}
    assert found.days == {date(2026, 12, 28), date(2026, 12, 29), date(2027, 1, 2)} | mays
    assert found.parts == (
        Part(date(2026, 12, 23), "14:00", "23:00"),
        Part(date(2027, 1, 1), "22:00", "24:00"),
        Part(date(2027, 1, 3), "00:00", "06:01"),
    )


@pytest.mark.parametrize("path", ["../days.ics", "/etc/passwd", "sub/../../days.ics", "link.ics"])
def test_an_icalendar_file_elsewhere_is_not_read(tmp_path, path):
    folder = tmp_path / "policies"
    (folder / "sub").mkdir(parents=True)
    (tmp_path / "days.ics").write_text(ICS)
    (folder / "link.ics").symlink_to(tmp_path / "days.ics")

    found = read(calendar(f"{{ics: {path}}}"), folder)

    assert "is not in the folder of this file; copy it there" in messages(found)[0]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        pytest.param("FREQ=SECONDLY", "recurs many times a day", id="every second"),
        pytest.param("FREQ=DAILY;BYHOUR=1,2,3;BYSECOND=1,2,3", "recurs many times a day", id="many seconds"),
        pytest.param("FREQ=NEVER", "this is not an iCalendar file that can be read", id="no rule"),
    ],
)
def test_an_event_that_never_stops_is_refused(tmp_path, rule, message):
    (tmp_path / "days.ics").write_text(ICS.replace("FREQ=YEARLY", rule))

    found = read(calendar("{ics: days.ics}"), tmp_path)

    assert message in messages(found)[0]


@pytest.mark.parametrize(
    ("events", "message"),
    [
        pytest.param(["DTSTART;VALUE=DATE:18000101\nRRULE:FREQ=DAILY"], "recurs since before 1900", id="for ages"),
        pytest.param(["DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY"] * 201, "201 recurring events", id="recurring"),
        pytest.param(["DTSTART;VALUE=DATE:20260101"] * 10_001, "10001 events; at most 10000 are read", id="events"),
        pytest.param(["DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:29990101"], "more than 10000 days", id="a life"),
        pytest.param(["SUMMARY:x"], "this is not an iCalendar file that can be read", id="no start"),
    ],
)
def test_more_than_a_calendar_holds_is_refused(tmp_path, events, message):
    text = "".join(f"BEGIN:VEVENT\nUID:{number}\n{event}\nEND:VEVENT\n" for number, event in enumerate(events))
    (tmp_path / "days.ics").write_text(f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{text}END:VCALENDAR\n")

    found = read(calendar("{ics: days.ics}"), tmp_path)

    assert message in messages(found)[0]


def test_an_icalendar_file_that_is_too_large_is_refused(tmp_path):
    (tmp_path / "days.ics").write_bytes(b" " * (2**21 + 1))

    found = read(calendar("{ics: days.ics}"), tmp_path)

    assert "has more than 2097152 bytes" in messages(found)[0]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("field", ["dates", "holidays", "ics", "icsText"])
def test_no_value_makes_a_calendar_stumble(tmp_path, field, value):
    document = {"apiVersion": "sleepwalker.dev/v1alpha1", "kind": "Calendar", "metadata": {"name": "a"},
                "spec": {field: value}}  # fmt: skip

    found = read(json.dumps(document), tmp_path)

    assert found.problems
    assert all(len(each.message) < 1000 and each.message.isprintable() for each in found.problems)


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("field", ["date", "from", "to", "country", "region", "categories", "years"])
def test_no_value_makes_a_date_or_holiday_stumble(field, value):
    dated = field in ("date", "from", "to")
    item = {"date": "2026-12-24", field: value} if dated else {"country": "DE", field: value}
    document = {"apiVersion": "sleepwalker.dev/v1alpha1", "kind": "Calendar", "metadata": {"name": "a"},
                "spec": {"dates": [item]} if dated else {"holidays": item}}  # fmt: skip

    found = read(json.dumps(document))

    assert all(len(each.message) < 1000 and each.message.isprintable() for each in found.problems)


# Recipes, and all together


def test_a_recipe_of_ones_own_is_one_more_kind():
    spec = "{recipe: example.com/v1/Robot, sleep: {/spec/arms: '{floor}'}}"

    found = read(f"apiVersion: sleepwalker.dev/v1alpha1\nkind: Recipe\nmetadata: {{name: robot}}\nspec: {spec}\n")

    assert [str(each) for each in found.recipes] == ["example.com/v1/Robot"]


@pytest.mark.parametrize(
    "spec", ["{}", "{recipe: x}", "{recipe: a/v1/B, sleep: 5}", "{recipe: a/v1/B, sleep: {/x: 1}, ready: 5}"]
)
def test_a_recipe_that_says_nothing_is_a_problem(spec):
    found = read(f"apiVersion: sleepwalker.dev/v1alpha1\nkind: Recipe\nmetadata: {{name: robot}}\nspec: {spec}\n")

    assert len(found.problems) == 1
    assert found.recipes == []


def test_a_calendar_that_is_not_there_puts_the_policy_in_doubt_with_the_nearest_name():
    freeze = calendar("{dates: [2026-12-24]}", "release-freeze")
    text = f"{freeze}---\n{policy('{calendars: [{name: releas-freeze}]}')}"

    loaded = put_together([read(text)])

    sentence = "there is no calendar 'releas-freeze'; is 'release-freeze' meant?"
    assert [each.message for each in loaded.problems] == [f"p.yaml:9: spec.calendars[0].name: {sentence}"]
    assert loaded.policies[0].wrong == f"policy nights: {sentence}"


def test_a_calendar_that_cannot_be_read_puts_the_policy_in_doubt():
    frozen = policy("{uptime: never, calendars: [{name: days, on: awake}]}")
    text = f"{calendar('{dates: [2026-02-30]}')}---\n{frozen}"

    loaded = put_together([read(text)])

    assert "calendar 'days' cannot be read: spec.dates[0]: '2026-02-30' is no date" in loaded.policies[0].wrong
    assert loaded.calendars == {}


def test_a_policy_finds_its_calendar_in_another_file():
    frozen = policy("{uptime: never, calendars: [{name: days, on: awake}]}")
    files = [read(frozen), read(calendar("{dates: [2026-11-24]}"))]

    loaded = put_together(files)

    assert loaded.policies[0].rule.opinion(TUESDAY) is True
    assert loaded.problems == ()


def test_of_two_policies_with_one_name_the_first_counts():
    loaded = put_together([read(policy("{uptime: always}") + "---\n" + policy("{uptime: never}"))])

    assert [each.rule.opinion(TUESDAY) for each in loaded.policies] == [True]
    assert "p.yaml:8: metadata.name: there is one named 'nights' already" in loaded.problems[0].message
