"""Downloads: resumed where they broke off, checked before they get their name, and refused in one sentence."""

from __future__ import annotations

import hashlib
import json
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from file_server import FileServer, serving
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reference.fetch import FetchError, fetch

REPOSITORY = Path(__file__).parents[2]
CONTENT = random.Random(1).randbytes(1_000_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
NEXT_VERSION = random.Random(2).randbytes(1_000_000)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving(FileServer({"file": CONTENT})) as running:
        yield running


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "file.bin"


def part(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


def refusal(*arguments: object, **options: object) -> str:
    with pytest.raises(FetchError) as caught:
        fetch(*arguments, **{"pause": 0.001, **options})  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return str(caught.value)


def begun(server: FileServer, target: Path, length: int = 400_000) -> None:
    """Leave a part of so many bytes."""
    server.cut = [length, 0]
    refusal(server.url("file"), target, attempts=1)
    assert part(target).read_bytes() == CONTENT[:length]
    server.ranges.clear()


def test_a_file_comes_whole_and_nothing_else_is_left(server: FileServer, target: Path) -> None:
    fetch(server.url("file"), target, size=len(CONTENT), sha256=SHA256)
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]


def test_progress_tells_bytes_so_far_all_and_speed(server: FileServer, target: Path) -> None:
    told: list[tuple[int, int | None, float]] = []
    fetch(server.url("file"), target, progress=lambda *now: told.append(now))
    assert [done for done, _, _ in told] == sorted({done for done, _, _ in told})
    assert told[-1][0] == len(CONTENT)
    assert {total for _, total, _ in told} == {len(CONTENT)}
    assert all(speed > 0 for _, _, speed in told)


def test_a_connection_that_breaks_off_is_taken_up_at_the_byte(server: FileServer, target: Path) -> None:
    server.cut = [300_000, 300_000]
    fetch(server.url("file"), target, sha256=SHA256, pause=0.001)
    assert target.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=300000-", "bytes=600000-"]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, 500_000), max_size=4), ranges=st.booleans(), etag=st.booleans())
def test_however_often_it_breaks_off_the_file_is_right(
    server: FileServer, target: Path, cuts: list[int], ranges: bool, etag: bool
) -> None:
    server.cut, server.knows_ranges, server.tells_etag = [*cuts], ranges, etag
    target.unlink(missing_ok=True)
    fetch(server.url("file"), target, pause=0.0001)
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]


def test_what_an_earlier_call_left_is_not_asked_for_again(server: FileServer, target: Path) -> None:
    begun(server, target)
    told: list[int] = []
    fetch(server.url("file"), target, sha256=SHA256, progress=lambda done, *_: told.append(done))
    assert target.read_bytes() == CONTENT
    assert server.ranges == ["bytes=400000-"]
    assert told[0] > 400_000


def test_the_refusal_says_that_the_part_is_kept(server: FileServer, target: Path) -> None:
    server.cut = [400_000, 0, 0]
    said = refusal(server.url("file"), target, attempts=2)
    assert "broke off after 400,000 of 1,000,000 bytes" in said
    assert "the 400,000 bytes that came are kept" in said


def test_a_process_that_is_killed_leaves_a_part_that_the_next_one_takes_up(server: FileServer, target: Path) -> None:
    server.hold, server.cut = threading.Event(), [500_000]
    code = "import sys, pathlib; from reference.fetch import fetch; fetch(sys.argv[1], pathlib.Path(sys.argv[2]))"
    process = subprocess.Popen([sys.executable, "-c", code, server.url("file"), str(target)], cwd=REPOSITORY)
    while not part(target).exists() or part(target).stat().st_size < 500_000:
        assert process.poll() is None
        time.sleep(0.01)
    assert "another process is downloading" in refusal(server.url("file"), target)
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    server.hold.set()
    server.hold = None
    server.ranges.clear()
    fetch(server.url("file"), target, sha256=SHA256)
    assert target.read_bytes() == CONTENT
    assert server.ranges == ["bytes=500000-"]


def test_a_server_that_ignores_ranges_starts_over(server: FileServer, target: Path) -> None:
    begun(server, target)
    server.knows_ranges = False
    fetch(server.url("file"), target, sha256=SHA256)
    assert target.read_bytes() == CONTENT


def test_a_server_that_cuts_at_the_same_place_for_ever_is_given_up(server: FileServer, target: Path) -> None:
    server.knows_ranges, server.cut = False, [300_000] * 99
    refusal(server.url("file"), target, attempts=3)
    assert len(server.ranges) == 4


@pytest.mark.parametrize("etag", [True, False])
def test_a_file_that_has_changed_is_fetched_from_its_start(server: FileServer, target: Path, etag: bool) -> None:
    server.tells_etag = etag
    begun(server, target)
    server.files["file"] = NEXT_VERSION  # as long as the old one: without ETag only the checksum tells
    fetch(server.url("file"), target, sha256=hashlib.sha256(NEXT_VERSION).hexdigest())
    assert target.read_bytes() == NEXT_VERSION


@pytest.mark.parametrize("length", [400_000, 300_000, 1_200_000])
def test_a_file_of_another_length_is_fetched_from_its_start(server: FileServer, target: Path, length: int) -> None:
    server.tells_etag = False
    begun(server, target)
    server.files["file"] = NEXT_VERSION[:length] if length < len(NEXT_VERSION) else NEXT_VERSION + bytes(200_000)
    fetch(server.url("file"), target, pause=0.001)
    assert target.read_bytes() == server.files["file"]


def test_a_part_of_another_url_is_of_no_use(server: FileServer, target: Path) -> None:
    begun(server, target)
    server.files["other"] = NEXT_VERSION
    fetch(server.url("other"), target)
    assert target.read_bytes() == NEXT_VERSION
    assert server.ranges == [None]


@pytest.mark.parametrize("notes", ["", "{}", "[1]", '{"url": 1}', "\x00"])
def test_a_part_of_which_nothing_is_known_is_fetched_anew(server: FileServer, target: Path, notes: str) -> None:
    target.parent.mkdir()
    part(target).write_bytes(b"x" * 500)
    part(target).with_name(f"{part(target).name}.json").write_text(notes)
    fetch(server.url("file"), target)
    assert target.read_bytes() == CONTENT


def test_a_part_that_was_complete_needs_no_server(server: FileServer, target: Path) -> None:
    begun(server, target)
    notes = part(target).with_name(f"{part(target).name}.json")
    assert json.loads(notes.read_text())["total"] == len(CONTENT)
    part(target).write_bytes(CONTENT)
    fetch(server.url("file"), target, sha256=SHA256)
    assert target.read_bytes() == CONTENT
    assert server.ranges == []


def test_a_server_that_sends_another_range_starts_over(server: FileServer, target: Path) -> None:
    begun(server, target)
    server.wrong_range = True
    fetch(server.url("file"), target, sha256=SHA256, pause=0.001)
    assert target.read_bytes() == CONTENT


def test_content_that_is_not_what_it_should_be_does_not_get_the_name(server: FileServer, target: Path) -> None:
    server.files["file"] = NEXT_VERSION
    said = refusal(server.url("file"), target, size=len(CONTENT), sha256=SHA256)
    assert f"expected is {SHA256}" in said
    assert list(target.parent.iterdir()) == []


def test_a_file_of_another_size_is_refused_before_it_comes(server: FileServer, target: Path) -> None:
    assert "has 1,000,000 bytes, and 999 were expected" in refusal(server.url("file"), target, size=999)
    assert list(target.parent.iterdir()) == []


def test_more_bytes_than_expected_end_the_download_where_no_length_is_told(server: FileServer, target: Path) -> None:
    server.tells_length = False
    assert "more than the 999 bytes" in refusal(server.url("file"), target, size=999)


def test_fewer_bytes_than_expected_are_noticed_where_no_length_is_told(server: FileServer, target: Path) -> None:
    server.tells_length, server.cut = False, [999, 999]
    said = refusal(server.url("file"), target, size=len(CONTENT), attempts=1)
    assert "it has 999 bytes, expected are 1,000,000" in said
    assert not target.exists()


def test_the_md5_that_a_server_tells_is_checked_where_no_sha256_is_known(server: FileServer, target: Path) -> None:
    server.tells_md5 = True
    begun(server, target)
    with part(target).open("r+b") as file:
        file.write(b"spoilt on the disk")
    fetch(server.url("file"), target)  # resumed, found to be wrong, fetched anew
    assert target.read_bytes() == CONTENT
    assert server.ranges == ["bytes=400000-", None]


def test_a_web_page_is_no_file(server: FileServer, target: Path) -> None:
    server.content_type = "text/html; charset=utf-8"
    assert "web page" in refusal(server.url("file"), target)
    assert not target.exists()


def test_what_is_not_there_is_asked_for_once(server: FileServer, target: Path) -> None:
    assert "answered 404" in refusal(server.url("nothing"), target)
    assert len(server.ranges) == 1
    assert list(target.parent.iterdir()) == []


def test_a_server_that_is_busy_is_asked_again(server: FileServer, target: Path) -> None:
    server.answers = [503, 429, 500]
    fetch(server.url("file"), target, pause=0.001)
    assert target.read_bytes() == CONTENT


def test_a_server_that_stays_busy_is_given_up(server: FileServer, target: Path) -> None:
    server.answers = [503] * 9
    assert "answered 503" in refusal(server.url("file"), target, attempts=3)
    assert len(server.ranges) == 3


def test_a_server_that_says_nothing_more_is_given_up(server: FileServer, target: Path) -> None:
    server.hold, server.cut = threading.Event(), [100_000, 0]
    said = refusal(server.url("file"), target, timeout=1.5, attempts=1)
    server.hold.set()
    assert "sent nothing for 1.5 s; the 100,000 bytes that came are kept" in said


def test_no_server_is_said_in_one_sentence(target: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = refusal(f"http://127.0.0.1:{port}/file", target, attempts=2)
    assert f"there is no connection to 127.0.0.1:{port}" in said


def test_no_such_host_is_said_at_once(target: Path) -> None:
    said = refusal("https://nowhere.invalid/file", target, pause=60)
    assert said == "nowhere.invalid cannot be found: there is no network, or no such server"


def test_an_answer_that_is_no_http_is_said_in_one_sentence(target: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def babble() -> None:
            for _ in range(2):
                connection, _ = listening.accept()
                connection.sendall(b"220 this is another kind of server\r\n")
                connection.close()

        threading.Thread(target=babble, daemon=True).start()
        said = refusal(f"http://127.0.0.1:{port}/file", target, attempts=2)
    assert f"127.0.0.1:{port}" in said


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host/file", "the-verdict.txt", ""])
def test_only_http_is_fetched(url: str, target: Path) -> None:
    with pytest.raises(ValueError, match="begins with http"):
        fetch(url, target)
    assert not target.parent.exists()


def test_a_url_with_a_space_is_refused(target: Path) -> None:
    assert "is no URL" in refusal("http://127.0.0.1/a file", target, pause=60)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device /dev/full")
def test_a_full_disk_is_said_in_one_sentence(server: FileServer, target: Path) -> None:
    target.parent.mkdir()
    part(target).symlink_to("/dev/full")
    said = refusal(server.url("file"), target)
    assert f"{part(target)} could not be written (No space left on device)" in said
    assert len(server.ranges) == 1


def test_a_file_in_the_place_of_the_folder_is_said_in_one_sentence(server: FileServer, target: Path) -> None:
    target.parent.write_text("")
    assert "could not be written" in refusal(server.url("file"), target)
