"""`sleepwalker check`."""

from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "manifests" / "examples"


def test_every_problem_has_its_place(run):
    answer = run("check", str(EXAMPLES / "sandbox.yaml"), str(EXAMPLES / "policies.yaml"))

    assert answer.code == 1
    [typo, *_] = [line for line in answer.out.splitlines() if "uptme" in line]
    assert typo.startswith(f"{EXAMPLES / 'sandbox.yaml'}:8: sandbox/Deployment/typo: sleepwalker.dev/uptme:")
    assert answer.out.endswith("8 documents, 3 problems\n") or "11 documents, 3 problems" in answer.out


def test_good_files_have_no_problems(run):
    answer = run("check", str(EXAMPLES / "team-a.yaml"))

    assert (answer.code, answer.out) == (0, "6 documents, no problems\n")


def test_an_unknown_policy_is_found_at_any_hour(run):
    noon, night = (run("check", str(EXAMPLES), "--at", f"2026-11-24T{hour}:00:00Z") for hour in (12, 22))

    assert "is 'office-hours' meant?" in noon.out
    assert "is 'office-hours' meant?" in night.out


def test_a_policy_has_its_place(run, manifests):
    path = manifests(
        "apiVersion: sleepwalker.dev/v1alpha1\nkind: SleepPolicy\nmetadata: {name: a}\nspec:\n  uptme: always\n"
    )

    answer = run("check", path)

    assert answer.code == 1
    assert answer.out.startswith(f"{path}:5: ")


def test_an_unknown_calendar_is_a_problem(run, manifests):
    path = manifests(
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, annotations: {sleepwalker.dev/calendar: nowhere}}\n---\n"
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: b, namespace: a}\nspec: {replicas: 1}\n"
    )

    answer = run("check", path, "-o", "json")

    assert [each["place"] for each in answer.json["problems"]] == [f"{path}:1"]


def test_clock_changes_of_the_next_year_are_notes_and_no_problems(run, manifests):
    path = manifests(
        "apiVersion: v1\nkind: Namespace\n"
        "metadata: {name: a, annotations: {sleepwalker.dev/uptime: 'Sun 02:30-06:00 Europe/Berlin'}}"
    )

    answer = run("check", path, "--at", "2026-11-24T00:00:00Z")

    assert answer.code == 0
    assert answer.out.count("note: ") == 2


def test_what_is_no_yaml_has_its_line(run, manifests):
    path = manifests("a: 1\nb: [\n")

    answer = run("check", path)

    assert answer.code == 1
    assert answer.out.startswith(f"{path}:")
