"""A watched folder: good edits take effect, bad ones keep the file's last good version and are told."""

import os
from datetime import UTC, datetime

import pytest

from sleepwalker.config.folder import PolicyFolder, load_documents, load_folder
from sleepwalker.config.loaded import to_policies
from sleepwalker.config.manifests import load_objects
from sleepwalker.config.recipes import bundled_recipes
from sleepwalker.config.settings import Settings
from sleepwalker.core.policy import Policies

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def policy(name, uptime="always", **spec):
    rest = "".join(f"  {key}: {value}\n" for key, value in spec.items())
    head = f"apiVersion: sleepwalker.dev/v1alpha1\nkind: SleepPolicy\nmetadata: {{name: {name}}}\n"
    return f"{head}spec:\n  uptime: {uptime}\n{rest}"


def calendar(name, spec):
    return f"apiVersion: sleepwalker.dev/v1alpha1\nkind: Calendar\nmetadata: {{name: {name}}}\nspec: {spec}\n"


def names(loaded):
    return [each.name for each in loaded.policies]


def messages(loaded):
    return [each.message for each in loaded.problems]


def watched(folder):
    watching = PolicyFolder([str(folder)])
    first = watching.poll(NOW)
    assert first is not None
    return watching, first


def awake(loaded, name):
    [found] = [each for each in loaded.policies if each.name == name]
    return found.rule.opinion(NOW)


def test_nothing_new_is_nothing(tmp_path):
    (tmp_path / "a.yaml").write_text(policy("a"))
    watching, first = watched(tmp_path)

    assert names(first) == ["a"]
    assert watching.poll(NOW) is None


def test_a_good_edit_takes_effect(tmp_path):
    (tmp_path / "a.yaml").write_text(policy("a"))
    watching, _ = watched(tmp_path)

    (tmp_path / "a.yaml").write_text(policy("a", "never"))

    assert awake(watching.poll(NOW), "a") is False


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("a: [", "not YAML", id="no YAML"),
        pytest.param(policy("a", "nevr"), "spec.uptime", id="a rule"),
        pytest.param(policy("a", "never", flor=1), "no such key; is 'floor' meant?", id="a key"),
        pytest.param(policy("a", "never") + "---\nkind: x\n", "is not 'sleepwalker.dev/v1alpha1'", id="no version"),
    ],
)
def test_a_bad_edit_keeps_the_last_good_version_and_is_told(tmp_path, text, message):
    (tmp_path / "a.yaml").write_text(policy("a"))
    (tmp_path / "b.yaml").write_text(policy("b"))
    watching, _ = watched(tmp_path)
    (tmp_path / "a.yaml").write_text(text)
    (tmp_path / "b.yaml").write_text(policy("b", "never"))

    after = watching.poll(NOW)

    assert (awake(after, "a"), awake(after, "b")) == (True, False)
    assert message in messages(after)[0]
    assert "its last good version stays in effect" in messages(after)[-1]


def test_a_bad_edit_is_told_for_as_long_as_it_is_there(tmp_path):
    (tmp_path / "a.yaml").write_text(policy("a"))
    watching, _ = watched(tmp_path)
    (tmp_path / "a.yaml").write_text("a: [")
    watching.poll(NOW)
    (tmp_path / "b.yaml").write_text(policy("b"))

    after = watching.poll(NOW)

    assert names(after) == ["a", "b"]
    assert "not YAML" in messages(after)[0]


def test_a_mended_file_is_no_longer_told(tmp_path):
    (tmp_path / "a.yaml").write_text(policy("a"))
    watching, _ = watched(tmp_path)
    (tmp_path / "a.yaml").write_text("a: [")
    watching.poll(NOW)
    (tmp_path / "a.yaml").write_text(policy("a", "never"))

    after = watching.poll(NOW)

    assert awake(after, "a") is False
    assert messages(after) == []


def test_a_file_that_never_was_good_is_used_as_far_as_it_can_be_read(tmp_path):
    (tmp_path / "a.yaml").write_text(policy("a") + "---\n" + policy("b", "nevr"))
    watching, first = watched(tmp_path)
    (tmp_path / "a.yaml").write_text(policy("a", "never") + "---\n" + policy("b", "nevr"))

    after = watching.poll(NOW)

    assert (awake(first, "a"), awake(after, "a")) == (True, False)
    assert [bool(each.wrong) for each in after.policies] == [False, True]


def test_a_deleted_file_takes_its_policies_with_it(tmp_path):
    (tmp_path / "a.yaml").write_text(policy("a"))
    (tmp_path / "b.yaml").write_text(policy("b"))
    watching, _ = watched(tmp_path)

    (tmp_path / "a.yaml").unlink()

    assert names(watching.poll(NOW)) == ["b"]


def test_an_edit_of_the_same_size_at_the_same_time_is_seen_by_its_inode(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text(policy("a", "always"))
    stat = file.stat()
    watching, _ = watched(tmp_path)
    other = tmp_path / "other.tmp"
    other.write_text(policy("b", "always"))
    os.utime(other, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    other.replace(file)

    assert names(watching.poll(NOW)) == ["b"]


def test_a_mounted_configmap_changes_all_at_once(tmp_path):
    for version, uptime in (("..1", "always"), ("..2", "never")):
        (tmp_path / version).mkdir()
        (tmp_path / version / "a.yaml").write_text(policy("a", uptime))
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "a.yaml").symlink_to("..data/a.yaml")
    watching, first = watched(tmp_path)
    (tmp_path / "..data_tmp").symlink_to("..2")

    (tmp_path / "..data_tmp").replace(tmp_path / "..data")

    assert (names(first), awake(first, "a")) == (["a"], True)
    assert awake(watching.poll(NOW), "a") is False


def test_a_folder_that_goes_away_keeps_what_it_had_and_is_told(tmp_path):
    folder = tmp_path / "policies"
    folder.mkdir()
    (folder / "a.yaml").write_text(policy("a"))
    watching, _ = watched(folder)
    folder.rename(tmp_path / "elsewhere")

    after = watching.poll(NOW)

    assert names(after) == ["a"]
    assert messages(after) == [f"{folder} cannot be read: No such file or directory"]


def test_a_folder_that_comes_back_is_read_again(tmp_path):
    folder = tmp_path / "policies"
    watching = PolicyFolder([str(folder)])
    missing = watching.poll(NOW)
    folder.mkdir()
    (folder / "a.yaml").write_text(policy("a"))

    after = watching.poll(NOW)

    assert (names(missing), len(missing.problems)) == ([], 1)
    assert (names(after), messages(after)) == (["a"], [])


def test_an_icalendar_file_is_watched_with_the_calendar_that_names_it(tmp_path):
    event = "BEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:{}\nEND:VEVENT\n"
    ics = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{}END:VCALENDAR\n"
    (tmp_path / "days.ics").write_text(ics.format(event.format("20261225")))
    (tmp_path / "a.yaml").write_text(
        calendar("days", "{ics: days.ics}") + "---\n" + policy("a", "always", calendars="[{name: days, on: sleep}]")
    )
    watching, first = watched(tmp_path)

    (tmp_path / "days.ics").write_text(ics.format(event.format("20261124")))

    assert (awake(first, "a"), awake(watching.poll(NOW), "a")) == (True, False)


def test_in_another_year_the_holidays_are_worked_out_again(tmp_path):
    (tmp_path / "a.yaml").write_text(calendar("germany", "{holidays: {country: DE}}"))
    watching, first = watched(tmp_path)

    after = watching.poll(NOW.replace(year=2030))

    assert max(first.calendars["germany"].days).year == 2032
    assert max(after.calendars["germany"].days).year == 2036


def test_files_and_folders_are_read_together(tmp_path):
    (tmp_path / "a.yaml").write_text(policy("a"))
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.yaml").write_text(policy("b"))

    loaded = load_folder([str(tmp_path / "sub"), str(tmp_path / "a.yaml")], NOW, Settings())

    assert sorted(names(loaded)) == ["a", "b"]


def test_policies_among_manifests_are_read_where_they_stand(tmp_path):
    (tmp_path / "a.yaml").write_text(calendar("days", "{ics: days.ics}") + "---\n" + policy("a"))
    (tmp_path / "days.ics").write_text("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nEND:VCALENDAR\n")

    loaded = load_documents(load_objects([str(tmp_path)]).documents, NOW, Settings())

    assert (names(loaded), list(loaded.calendars), messages(loaded)) == (["a"], ["days"], [])


def decided(tmp_path, settings, **spec):
    (tmp_path / "a.yaml").write_text(policy("a", "never", **spec))
    return to_policies(load_folder([str(tmp_path)], NOW, settings), settings, bundled_recipes())


def test_the_settings_hold_where_a_policy_says_nothing(tmp_path):
    settings = Settings(protected=("prod-*",), zone="Europe/Berlin", missed_runs="run")

    found = decided(tmp_path, settings)

    assert isinstance(found, Policies)
    assert (found.protected, found.zone, found.policies[0].missed_runs) == (("prod-*",), "Europe/Berlin", "run")
    assert set(found.recipes) == set(bundled_recipes())


def test_only_the_kinds_of_the_settings_have_recipes(tmp_path):
    found = decided(tmp_path, Settings(kinds=("CronJob", "Deploymnt")))

    assert list(found.recipes) == [("batch", "CronJob")]
    assert [each.message for each in found.problems] == [
        "settings: no recipe says how a 'Deploymnt' sleeps; is 'Deployment' meant?"
    ]


def test_a_misspelt_kind_puts_every_kind_in_doubt(tmp_path):
    found = decided(tmp_path, Settings(), workloads="{kinds: [deployments]}")

    assert "a: no recipe says how a 'deployments' sleeps; is 'Deployment' meant?" in found.policies[0].wrong
    assert found.policies[0].workloads.kinds == frozenset()


def test_a_kind_that_no_recipe_knows_is_a_problem_and_no_more(tmp_path):
    found = decided(tmp_path, Settings(), workloads="{kinds: [Deployment, Robot]}")

    assert found.policies[0].wrong == ""
    assert len(found.problems) == 1
