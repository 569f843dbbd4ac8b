"""The registry of data sets and weights: what is here, how it comes here, and what is not taken for it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from file_server import FileServer, serving

from reference import obtain, sources
from reference.config import config_named
from reference.fetch import FetchError
from reference.sources import SIZES, SOURCES, amount, data_folder, path_of, source_named, state_of
from reference.tokenizer import VOCABULARY_SHA256

REPOSITORY = Path(__file__).parents[2]
SHARED = Path(__file__).parents[3] / "shared/data"
WITH_DATA = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the data sets are not in {SHARED}")
TEXT = b"I HAD always thought Jack Gisburn rather a cheap genius\n" * 40
TINY = dict(zip(sources.HPARAMS, (11, 8, 6, 2, 2), strict=True))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QUIZBOOK_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("QUIZBOOK_MIRROR", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path / "data"


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving(FileServer()) as running:
        yield running


def known_as(monkeypatch: pytest.MonkeyPatch, name: str, url: str, member: str | None = None) -> None:
    """Let the source of this name be our TEXT, at a URL of our own: the real ones need a network."""
    source = source_named(name)
    file = replace(source.files[0], url=url, size=len(TEXT), sha256=hashlib.sha256(TEXT).hexdigest(), member=member)
    others = tuple(replace(source, files=(file,)) if other is source else other for other in SOURCES)
    for module in (sources, obtain):
        monkeypatch.setattr(module, "SOURCES", others)


def packed(name: str, content: bytes) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("readme", "not this one")
        archive.writestr(name, content)
    return made.getvalue()


def weights(folder: Path, size: str = "124M", **changes: int) -> Path:
    """A folder with the needed files of a size, the large one with a hole as long as the file."""
    folder.mkdir(parents=True)
    cfg = config_named(size)
    numbers = {theirs: cfg[ours] for theirs, ours in sources.HPARAMS.items()} | changes
    (folder / "hparams.json").write_text(json.dumps(numbers, indent=1))
    for file in source_named(f"gpt2-{size}").files:
        if file.needed and file.name != "hparams.json":
            with (folder / file.name).open("wb") as made:
                made.truncate(file.size or 100)
    return folder


def test_the_registry_holds_the_three_data_sets_and_the_four_sizes() -> None:
    assert [source.name for source in SOURCES] == [
        *("the-verdict", "sms-spam", "instruction-data"),
        *(f"gpt2-{size}" for size in SIZES),
    ]
    assert all(source.what and source.origin and source.licence and source.chapters for source in SOURCES)
    assert all(file.url.startswith("https://") for source in SOURCES for file in source.files)
    assert all(file.sha256 and file.size for source in SOURCES if source.kind == "data" for file in source.files)


@WITH_DATA
def test_the_data_sets_at_hand_are_those_of_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIZBOOK_DATA", str(SHARED))
    for name in ("the-verdict", "sms-spam", "instruction-data"):
        assert state_of(source_named(name)) == "here"
        assert path_of(name).parent == SHARED


@pytest.mark.parametrize(
    ("size", "data"), [("124M", 497759232), ("355M", 1419292672), ("774M", 3096120320), ("1558M", 6230444800)]
)
def test_a_checkpoint_has_four_bytes_a_parameter(size: str, data: int) -> None:
    files = {file.name: file for file in source_named(f"gpt2-{size}").files}
    assert files["model.ckpt.data-00000-of-00001"].size == data
    assert {name: files[name].sha256 for name in VOCABULARY_SHA256} == VOCABULARY_SHA256


def test_the_data_folder_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QUIZBOOK_HOME", str(tmp_path / "home"))
    assert data_folder() == tmp_path / "data"
    monkeypatch.delenv("QUIZBOOK_DATA")
    assert data_folder() == tmp_path / "home" / "data"
    monkeypatch.delenv("QUIZBOOK_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "user"))
    assert data_folder().name == "data"
    assert "quizbook" in data_folder().parts
    assert not data_folder().exists()


def test_looking_at_the_registry_loads_nothing_heavy_and_no_network_code() -> None:
    code = "import sys, reference.sources as s; [s.state_of(x) for x in s.SOURCES]; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert not {"torch", "numpy", "urllib.request", "tensorflow", "rich", "ssl"} & set(done.stdout.split())


def test_bringing_things_here_loads_no_torch() -> None:
    code = "import sys, reference.obtain; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert not {"torch", "numpy", "tensorflow"} & set(done.stdout.split())


def test_what_is_not_here_is_an_error_that_says_how_to_get_it(folder: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        path_of("the-verdict")
    assert str(caught.value) == (
        f"{folder / 'the-verdict.txt'} is not there: `quizbook data get the-verdict` downloads it, "
        "`quizbook data add FILE` takes a copy that you have"
    )


def test_a_mistyped_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="no source 'gpt2-125M'; did you mean gpt2-124M"):
        path_of("gpt2-125M")


def test_a_file_that_was_changed_is_damaged(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    known_as(monkeypatch, "the-verdict", "http://127.0.0.1/")
    folder.mkdir()
    (folder / "the-verdict.txt").write_bytes(TEXT.replace(b"cheap", b"great"))
    assert state_of(source_named("the-verdict")) == "damaged"
    with pytest.raises(FileNotFoundError, match="is not what it should be"):
        path_of("the-verdict")


def test_a_data_set_comes_from_its_url(monkeypatch: pytest.MonkeyPatch, server: FileServer) -> None:
    server.files["somewhere/else"] = TEXT
    known_as(monkeypatch, "the-verdict", server.url("somewhere/else"))
    told: list[tuple[object, ...]] = []
    path = obtain.get("the-verdict", report=lambda *now: told.append(now))
    assert path.read_bytes() == TEXT
    assert path == path_of("the-verdict")
    assert told[-1][:3] == ("the-verdict.txt", len(TEXT), len(TEXT))
    obtain.get("the-verdict")
    assert len(server.ranges) == 1, "what is here is not asked for again"


def test_a_damaged_file_is_fetched_anew(monkeypatch: pytest.MonkeyPatch, server: FileServer, folder: Path) -> None:
    server.files["text"] = TEXT
    known_as(monkeypatch, "the-verdict", server.url("text"))
    folder.mkdir()
    (folder / "the-verdict.txt").write_bytes(TEXT[:-1])
    assert obtain.get("the-verdict").read_bytes() == TEXT


def test_a_data_set_in_an_archive_is_taken_out_of_it(
    monkeypatch: pytest.MonkeyPatch, server: FileServer, folder: Path
) -> None:
    server.files["sms.zip"] = packed("SMSSpamCollection", TEXT)
    known_as(monkeypatch, "sms-spam", server.url("sms.zip"), member="SMSSpamCollection")
    assert obtain.get("sms-spam").read_bytes() == TEXT
    assert [path.name for path in folder.iterdir()] == ["SMSSpamCollection.tsv"]


@pytest.mark.parametrize(
    "served", [b"no archive", packed("Other", TEXT), packed("SMSSpamCollection", TEXT[1:]), packed("x", TEXT)[:-400]]
)
def test_an_archive_that_is_not_the_one_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, server: FileServer, folder: Path, served: bytes
) -> None:
    server.files["sms.zip"] = served
    known_as(monkeypatch, "sms-spam", server.url("sms.zip"), member="SMSSpamCollection")
    with pytest.raises(FetchError, match="does not hold SMSSpamCollection as it was"):
        obtain.get("sms-spam")
    assert list(folder.iterdir()) == []


def test_an_archive_that_broke_off_is_partly_here(
    monkeypatch: pytest.MonkeyPatch, server: FileServer, folder: Path
) -> None:
    known_as(monkeypatch, "sms-spam", server.url("sms.zip"), member="SMSSpamCollection")
    folder.mkdir()
    (folder / "SMSSpamCollection.tsv.zip.part").write_bytes(b"PK")
    assert state_of(source_named("sms-spam")) == "partly"
    assert state_of(source_named("the-verdict")) == "absent"


@WITH_DATA
@pytest.mark.parametrize("by", ["argument", "environment"])
def test_a_served_data_folder_is_a_mirror(server: FileServer, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    for name in ("the-verdict.txt", "SMSSpamCollection.tsv", "instruction-data.json"):
        server.files[f"data/{name}"] = (SHARED / name).read_bytes()
    if by == "environment":
        monkeypatch.setenv("QUIZBOOK_MIRROR", server.url("data"))
    for name in ("the-verdict", "sms-spam", "instruction-data"):
        path = obtain.get(name, mirror=server.url("data/") if by == "argument" else None)
        assert path.read_bytes() == (SHARED / path.name).read_bytes()


def test_weights_come_file_by_file_the_large_one_last(server: FileServer, folder: Path) -> None:
    with pytest.raises(FetchError) as caught:
        obtain.get("gpt2-124M", mirror=server.address)
    assert f"{server.address}/gpt2/124M/hparams.json answered 404" in str(caught.value)
    assert "`quizbook data add FILE` takes a folder 124M" in str(caught.value)
    assert source_named("gpt2-124M").files[-1].name == "model.ckpt.data-00000-of-00001"


@WITH_DATA
@pytest.mark.parametrize("name", ["the-verdict.txt", "SMSSpamCollection.tsv", "instruction-data.json"])
def test_a_file_at_hand_is_known_by_its_content(tmp_path: Path, name: str) -> None:
    shutil.copy(SHARED / name, tmp_path / "whatever")
    source = obtain.add(tmp_path / "whatever")
    assert path_of(source.name).name == name
    assert path_of(source.name).read_bytes() == (SHARED / name).read_bytes()


def test_an_archive_at_hand_is_looked_into(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    known_as(monkeypatch, "sms-spam", "http://127.0.0.1/", member="SMSSpamCollection")
    (tmp_path / "sms.zip").write_bytes(packed("inner/SMSSpamCollection", TEXT))
    assert obtain.add(tmp_path / "sms.zip").name == "sms-spam"
    assert path_of("sms-spam").read_bytes() == TEXT


def test_adding_what_is_here_changes_nothing(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    known_as(monkeypatch, "the-verdict", "http://127.0.0.1/")
    folder.mkdir()
    (folder / "the-verdict.txt").write_bytes(TEXT)
    obtain.add(folder / "the-verdict.txt")
    assert path_of("the-verdict").read_bytes() == TEXT
    assert len(list(folder.iterdir())) == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("notes.txt", b"something", "taken are the-verdict.txt, SMSSpamCollection.tsv, instruction-data.json, a zip"),
        ("empty", b"", "is nothing that is known"),
        ("the-verdict.txt", b"I HAD\r\n", "has 7 bytes, expected are 20,479; it is not the-verdict as it was"),
        ("broken.zip", packed("a", bytes(477907))[:-60], "is nothing that is known"),
        ("other.zip", packed("a", bytes(477907)), "is nothing that is known"),
        ("model.ckpt.index", b"x", "give the folder that holds them all"),
        ("large", bytes((1 << 22) + 1), "is nothing that is known"),
    ],
)
def test_a_file_that_is_not_known_is_answered_with_what_is(
    tmp_path: Path, folder: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        obtain.add(tmp_path / name)
    assert words in str(caught.value)
    assert not folder.exists()


def test_what_is_not_there_cannot_be_added(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no file .*/nothing"):
        obtain.add(tmp_path / "nothing")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="is nothing that is known"):
        obtain.add(tmp_path / "pipe")


def test_a_folder_of_weights_is_known_by_its_hparams(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = weights(tmp_path / "any name")
    data = given / "model.ckpt.data-00000-of-00001"
    data.write_bytes(TEXT)
    short = tuple(
        replace(source, files=tuple(replace(file, size=data_size(file, len(TEXT))) for file in source.files))
        for source in SOURCES
    )
    for module in (sources, obtain):
        monkeypatch.setattr(module, "SOURCES", short)
    (given / "notes of the learner").write_text("not ours")
    assert obtain.add(given).name == "gpt2-124M"
    assert path_of("gpt2-124M") == data_folder() / "gpt2" / "124M"
    assert {path.name: path.read_bytes() for path in path_of("gpt2-124M").iterdir()} == {
        name: (given / name).read_bytes() for name in ("hparams.json", "model.ckpt.index", data.name)
    }
    assert state_of(source_named("gpt2-355M")) == "absent"


def data_size(file: sources.File, size: int) -> int | None:
    """Half a gigabyte of zeros would prove no more than a text does."""
    return size if ".data-" in file.name else file.size


def test_weights_whose_large_file_was_cut_are_not_taken(tmp_path: Path, folder: Path) -> None:
    given = weights(tmp_path / "124M")
    with (given / "model.ckpt.data-00000-of-00001").open("r+b") as file:
        file.truncate(12345)
    with pytest.raises(ValueError, match=r"looks like gpt2-124M, but .*has 12,345 bytes, expected are 497,759,232"):
        obtain.add(given)
    assert not folder.exists()


def test_weights_that_lack_a_file_are_not_taken(tmp_path: Path) -> None:
    given = weights(tmp_path / "355M", "355M")
    (given / "model.ckpt.index").unlink()
    with pytest.raises(ValueError, match=r"looks like gpt2-355M, but it lacks model\.ckpt\.index"):
        obtain.add(given)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"n_vocab": 1}', "\xff", "[" * 100_000])
def test_hparams_that_are_none_are_not_taken(tmp_path: Path, text: str) -> None:
    (tmp_path / "hparams.json").write_text(text, encoding="latin-1")
    with pytest.raises(ValueError, match=r"hparams.json is no hparams.json of OpenAI's"):
        obtain.add(tmp_path)


def test_weights_of_another_shape_are_not_taken(tmp_path: Path) -> None:
    (tmp_path / "hparams.json").write_text(json.dumps(TINY))
    with pytest.raises(ValueError, match="none of GPT-2's sizes 124M, 355M, 774M, 1558M"):
        obtain.add(tmp_path)


def test_a_folder_without_weights_is_not_taken(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a folder with GPT-2's weights \(hparams.json, "):
        obtain.add(tmp_path)


def test_a_data_folder_that_cannot_be_made_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    known_as(monkeypatch, "the-verdict", "http://127.0.0.1/")
    (tmp_path / "text").write_bytes(TEXT)
    (tmp_path / "data").write_text("a file in its place")
    with pytest.raises(OSError, match=r"the-verdict.txt could not be made \(") as caught:
        obtain.add(tmp_path / "text")
    assert "\n" not in str(caught.value)


def test_progress_in_lines_tells_every_file_that_is_done() -> None:
    stream = StringIO()
    with obtain.progress_lines(stream) as report:
        report("a", 10, 100, 5.0)
        report("a", 100, 100, 50_000.0)
        report("b", 30, None, 5.0)
    assert stream.getvalue() == "a: 100 bytes of 100 bytes (100 %), 50.0 kB/s\n"


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (77, "77 bytes"),
        (999, "999 bytes"),
        (1000, "1.00 kB"),
        (20479, "20.5 kB"),
        (477907, "478 kB"),
        (497759232, "498 MB"),
        (6230444800, "6.23 GB"),
        (999_999, "1.00 MB"),
    ],
)
def test_a_number_of_bytes_has_three_digits(size: int, words: str) -> None:
    assert amount(size) == words
