"""Manifests as people keep them become objects with their places, our own documents apart."""

import io

from sleepwalker.config.manifests import load_objects

WEB = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
POLICY = "apiVersion: sleepwalker.dev/v1alpha1\nkind: SleepPolicy\nmetadata: {name: nights}\n"


def messages(found):
    return [each.message for each in found.problems]


def test_a_folder_is_read_at_any_depth_in_the_order_of_its_names(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "b.yml").write_text(WEB)
    (tmp_path / "sub" / "a.json").write_text('{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}}')
    (tmp_path / "a.yaml").write_text(f"# a comment\n---\n{WEB}---\n{POLICY}")
    (tmp_path / "notes.txt").write_text("{{{")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config.yaml").write_text("{{{")

    found = load_objects([str(tmp_path)])

    assert [place.removeprefix(f"{tmp_path}/") for _, place in found.objects] == ["a.yaml:3", "b.yml:1", "sub/a.json:1"]
    assert [each.content["kind"] for each in found.documents] == ["SleepPolicy"]
    assert found.problems == ()


def test_a_dash_is_standard_input():
    found = load_objects(["-"], io.BytesIO(WEB.encode()))

    assert [place for _, place in found.objects] == ["standard input:1"]


def test_what_is_no_object_of_kubernetes_is_a_problem_with_its_place(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text(f"replicaCount: 1\n---\napiVersion: v1\nkind: [x]\n---\n{WEB}")

    found = load_objects([str(file)])

    assert len(found.objects) == 1
    assert messages(found) == [
        f"{file}:1: not a Kubernetes object: its apiVersion is missing",
        f"{file}:3: not a Kubernetes object: its kind is \"['x']\"",
    ]


def test_a_path_that_is_not_there_is_a_problem_and_the_others_are_read(tmp_path):
    (tmp_path / "a.yaml").write_text(WEB)

    found = load_objects([str(tmp_path / "nothing"), "a\x00b", str(tmp_path / "a.yaml")])

    assert len(found.objects) == 1
    assert "cannot be read: No such file or directory" in messages(found)[0]
    assert "cannot be read: embedded null byte" in messages(found)[1]


def test_a_folder_without_manifests_is_a_problem(tmp_path):
    found = load_objects([str(tmp_path)])

    assert messages(found) == [f"{tmp_path} has no file that ends in .yaml, .yml or .json"]


def test_a_policy_of_another_version_is_kept_apart_all_the_same(tmp_path):
    (tmp_path / "a.yaml").write_text(POLICY.replace("sleepwalker.dev", "sleepwalker.io"))

    found = load_objects([str(tmp_path)])

    assert (len(found.documents), found.objects) == (1, ())
