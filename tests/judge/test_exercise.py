"""exercise.yaml: what it has to hold, the sentences where it does not, and how an exercise is found by its id."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from small_course import write_exercise

from quizbook.errors import QuizbookError
from quizbook.judge.exercise import all_exercises, find_exercise, read_exercise
from quizbook.judge.wall.enclosure import Limits


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course's own folder, beside which only our own exercises are known."""
    folder = tmp_path / "course"
    folder.mkdir()
    monkeypatch.setenv("QUIZBOOK_EXERCISES", str(folder))
    return folder


def refusal(folder: Path) -> QuizbookError:
    with pytest.raises(QuizbookError) as caught:
        read_exercise(folder)
    assert caught.value.exit_code == 2
    assert "\n" not in caught.value.message
    return caught.value


def changed(folder: Path, **fields: Any) -> Path:
    """An exercise whose exercise.yaml has these fields; None takes one away."""
    write_exercise(folder, "")
    path = folder / "exercise.yaml"
    data = {k: v for k, v in (yaml.safe_load(path.read_text()) | fields).items() if v is not None}
    path.write_text(yaml.safe_dump(data))
    return folder


# -- reading -----------------------------------------------------------------------------------------------------------


def test_an_exercise_is_what_its_file_says(course: Path) -> None:
    see = ["reference.lora.LoRALayer"]
    more = {"withheld": ["lora"], "imports": ["torch._dynamo"], "see": see, "guide": "Appendix E"}
    folder = write_exercise(course / "ch07" / "ex4_lora", "", id="7.4", **more)
    exercise = read_exercise(folder)
    assert (exercise.id, exercise.title, exercise.task) == ("7.4", "Twice", "Write answer(x).")
    assert exercise.entry_points == {"answer": "(x) -> int"}
    assert exercise.hints == ("Look.", "Look again.", "Two.")
    assert (exercise.withheld, exercise.see, exercise.guide) == (("lora",), ("reference.lora.LoRALayer",), "Appendix E")
    assert exercise.imports == ("torch._dynamo",)
    assert exercise.limits == Limits(cpu_s=2, wall_s=4)
    assert (exercise.item, exercise.file_stem) == ("ch07.ex.4", "ch07_ex4_lora")


def test_what_may_be_left_out_has_defaults(course: Path) -> None:
    exercise = read_exercise(changed(course / "ch01" / "ex1_a", limits=None))
    assert (exercise.limits, exercise.withheld, exercise.see, exercise.guide) == (Limits(), (), (), "")
    assert exercise.imports == ()


def test_an_edit_is_seen_at_once(course: Path) -> None:
    folder = write_exercise(course / "ch01" / "ex1_a", "")
    assert read_exercise(folder).title == "Twice"
    path = folder / "exercise.yaml"
    path.write_text(path.read_text().replace("Twice", "Three times"))
    os.utime(path, ns=(1, 10**18))
    assert read_exercise(folder).title == "Three times"


@pytest.mark.parametrize("name", ["id", "title", "task", "entry_points", "hints"])
def test_a_missing_field_is_named_with_its_file(course: Path, name: str) -> None:
    folder = changed(course / "ch01" / "ex1_a", **{name: None})
    assert refusal(folder).message == f"{folder}/exercise.yaml: the field {name} is missing"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("id", 3.1, 'it has to be text (quote it: "3.1")'),
        ("title", 5, "it has to be text"),
        ("task", ["a"], "it has to be text"),
        ("guide", 3, "it has to be text"),
        ("hints", "Look.", "it has to be a list"),
        ("withheld", "lora", "it has to be a list"),
        ("imports", "tensorflow", "it has to be a list"),
        ("see", {"a": 1}, "it has to be a list"),
        ("entry_points", ["answer"], "it has to be a mapping"),
        ("limits", 10, "it has to be a mapping"),
    ],
)
def test_a_field_of_the_wrong_type_is_said_with_its_value_and_the_right_type(
    course: Path, name: str, value: object, words: str
) -> None:
    message = refusal(changed(course / "ch01" / "ex1_a", **{name: value})).message
    assert f"exercise.yaml: {name} is {value!r}; {words}" in message


def test_a_field_that_is_left_empty_is_not_taken(course: Path) -> None:
    folder = write_exercise(course / "ch01" / "ex1_a", "")
    path = folder / "exercise.yaml"
    path.write_text(path.read_text().replace("title: Twice", "title:"))
    assert "title is None; it has to be text" in refusal(folder).message


@pytest.mark.parametrize(
    ("name", "end"), [("hint", "; did you mean hints?"), ("witheld", "; did you mean withheld?"), ("zzz", "")]
)
def test_an_unknown_field_is_told_with_the_nearest_one(course: Path, name: str, end: str) -> None:
    folder = changed(course / "ch01" / "ex1_a", **{name: ["a"]})
    assert refusal(folder).message == f"{folder}/exercise.yaml: there is no field {name}{end}"


def test_imports_that_are_not_kept_warm_are_said(course: Path) -> None:
    """A package that starts threads would make every later fork unsafe, and the reference would be an answer key."""
    message = refusal(changed(course / "ch01" / "ex1_a", imports=["tensorflow", "reference.lora"])).message
    assert "imports knows tensorflow, tiktoken, torch._dynamo, not reference.lora" in message


def test_limits_that_do_not_exist_are_said(course: Path) -> None:
    message = refusal(changed(course / "ch01" / "ex1_a", limits={"cpu": 3})).message
    assert "limits knows cpu_s, memory_mb, scratch_mb, wall_s, not cpu" in message


@pytest.mark.parametrize("limits", [{"wall_s": "ten"}, {"cpu_s": None}, {"memory_mb": -1}])
def test_a_limit_that_is_no_amount_is_said(course: Path, limits: dict[str, object]) -> None:
    message = refusal(changed(course / "ch01" / "ex1_a", limits=limits)).message
    assert next(iter(limits)) in message


@pytest.mark.parametrize("signature", ["x", "(x y)"])
def test_an_entry_point_whose_signature_is_none_is_said(course: Path, signature: str) -> None:
    message = refusal(changed(course / "ch01" / "ex1_a", entry_points={"answer": signature})).message
    assert "answer" in message
    assert signature in message


@pytest.mark.parametrize("id", ["", "3", "x.y"])
def test_an_id_that_is_no_chapter_and_number_is_said(course: Path, id: str) -> None:
    assert "id" in refusal(changed(course / "ch01" / "ex1_a", id=id)).message


@pytest.mark.parametrize("text", ["", "just words\n", "- a\n- b\n"])
def test_a_file_that_holds_no_fields_is_said(course: Path, text: str) -> None:
    folder = write_exercise(course / "ch01" / "ex1_a", "")
    (folder / "exercise.yaml").write_text(text)
    assert refusal(folder).message == f"{folder}/exercise.yaml does not hold the fields of an exercise"


@pytest.mark.parametrize(
    ("text", "line"), [('id: "3.1"\ntitle: [\n', 3), ("id: a\n\tb: c\n", 2), ("id: !!python/object:os.system x\n", 1)]
)
def test_yaml_that_cannot_be_read_is_said_with_its_line(course: Path, text: str, line: int) -> None:
    folder = write_exercise(course / "ch01" / "ex1_a", "")
    (folder / "exercise.yaml").write_text(text)
    error = refusal(folder)
    assert error.message.startswith(f"{folder}/exercise.yaml cannot be read: ")
    assert error.line == line


def test_a_file_that_is_no_text_is_said(course: Path) -> None:
    folder = write_exercise(course / "ch01" / "ex1_a", "")
    (folder / "exercise.yaml").write_bytes(b"id: \xff\xfe\n")
    assert "exercise.yaml cannot be read" in refusal(folder).message


def test_a_folder_without_the_file_is_said(tmp_path: Path) -> None:
    assert refusal(tmp_path).message == f"{tmp_path}/exercise.yaml cannot be read: No such file or directory"


# -- finding -----------------------------------------------------------------------------------------------------------


def test_exercises_come_in_the_order_of_their_numbers(course: Path) -> None:
    for id in ("10.1", "3.10", "A.1", "1.1"):
        chapter, _, number = id.partition(".")
        write_exercise(course / f"ch{chapter}" / f"ex{number}_a", "", id=id)
    found = [e.id for e in all_exercises()]
    assert sorted(found, key=lambda id: (id[0] == "A", *map(int, id.replace("A", "0").split(".")))) == found
    assert {"3.1", "3.10", "10.1", "A.1"} <= set(found)


def test_the_id_of_the_store_names_chapters_with_two_digits_and_appendices_by_letter(course: Path) -> None:
    items = {
        id: read_exercise(write_exercise(course / f"ch{id}" / "ex1_a", "", id=id)).item for id in ("3.1", "10.2", "A.3")
    }
    assert items == {"3.1": "ch03.ex.1", "10.2": "ch10.ex.2", "A.3": "appA.ex.3"}


def test_our_own_exercise_counts_where_a_course_has_the_same_id(course: Path) -> None:
    write_exercise(course / "ch03" / "ex1_other", "", id="3.1", title="Another one")
    assert [e.title for e in all_exercises() if e.id == "3.1"] == ["From nn.Linear to bare matrices"]


@pytest.mark.parametrize("id", ["97.1", "ch97.ex.1", " 97.1 "])
def test_an_exercise_is_found_as_people_type_it_and_as_the_store_calls_it(course: Path, id: str) -> None:
    folder = write_exercise(course / "ch97" / "ex1_a", "")
    assert find_exercise(id).folder == folder


def test_the_nearest_ids_are_offered(course: Path) -> None:
    for number in (1, 2):
        write_exercise(course / "ch97" / f"ex{number}_a", "", id=f"97.{number}")
    with pytest.raises(QuizbookError, match=r"there is no exercise 97.3; did you mean 97.\d or 97.\d\?") as caught:
        find_exercise("97.3")
    assert "`quizbook exercises` lists them" in caught.value.message
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("id", ["", "zzz", "3,1", "３.１", "../3.1", "*", "3.1\x00"])
def test_an_id_that_is_like_none_is_told_some_that_there_are(course: Path, id: str) -> None:
    with pytest.raises(QuizbookError, match=r"did you mean \d\.\d"):
        find_exercise(id)


def test_a_folder_of_exercises_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QUIZBOOK_EXERCISES", str(tmp_path / "nowhere"))
    with pytest.raises(QuizbookError, match=f"there is no folder of exercises at {tmp_path}/nowhere"):
        all_exercises()


def test_several_folders_of_exercises_may_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("QUIZBOOK_EXERCISES", raising=False)
    ours = [e.id for e in all_exercises()]
    for name, id in (("a", "97.1"), ("b", "97.2")):
        write_exercise(tmp_path / name / "ch97" / "ex1_a", "", id=id)
    monkeypatch.setenv("QUIZBOOK_EXERCISES", os.pathsep.join(str(tmp_path / name) for name in "ab"))
    assert [e.id for e in all_exercises()] == [*ours, "97.1", "97.2"]
