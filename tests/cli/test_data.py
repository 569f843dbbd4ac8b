"""`quizbook data`: what there is, what is here, and how it comes here, on a terminal and without one."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from program import PROGRAM, Home, eventually

from quizbook.cli import app
from quizbook.cli.options import Call, command
from quizbook.cli.plain import plain_form

SHARED = Path(__file__).parents[3] / "shared/data"
NAMES = [
    *("the-verdict", "sms-spam", "instruction-data"),
    *("gpt2-124M", "gpt2-355M", "gpt2-774M", "gpt2-1558M"),
]
WITH_DATA = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the data sets are not in {SHARED}")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home", {"COLUMNS": "80", "no_proxy": "*"})


@contextmanager
def mirror(first: int | None = None) -> Iterator[str]:
    """The address of a server for the shared data. first: bytes after which an answer hangs until the end."""
    end = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = SHARED / self.path.rpartition("/")[2]
            if not path.is_file():
                self.send_error(404)
                return
            begin = int(re.findall(r"\d+", self.headers.get("Range", "0"))[0])
            content = path.read_bytes()
            self.send_response(206 if begin else 200)
            if begin:
                self.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
            self.send_header("Content-Length", str(len(content) - begin))
            self.end_headers()
            self.wfile.write(content[begin:][:first])
            self.wfile.flush()
            if first:
                end.wait(60)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{http.server_address[1]}"
    finally:
        end.set()
        http.shutdown()
        http.server_close()


def test_the_list_names_everything_with_size_state_licence_and_origin(home: Home) -> None:
    done = home.run("data", "list")
    assert (done.returncode, done.stderr) == (0, "")
    heads = [line.split() for line in done.stdout.splitlines() if line and not line.startswith((" ", "0 of", "quizb"))]
    assert [head[0] for head in heads] == NAMES
    assert {head[-1] for head in heads} == {"absent"}
    assert heads[0] == ["the-verdict", "20.5", "kB", "absent"]
    assert heads[-1] == ["gpt2-1558M", "6.23", "GB", "absent"]
    assert "CC BY 4.0; UCI Machine Learning Repository" in done.stdout
    assert f"0 of 7 here, 0 bytes, in {home.path / 'data'}\n" in done.stdout
    assert max(map(len, done.stdout.replace(str(home.path), "").splitlines())) <= 80
    assert not home.path.exists(), "looking makes no folder"


def test_a_narrow_terminal_gets_narrow_lines(home: Home) -> None:
    code, screen = home.on_a_terminal("data", "list", columns=50, COLUMNS="50")
    assert code == 0
    lines = screen.replace(str(home.path), "").splitlines()
    assert max(len(line) for line in lines if line.startswith("  ")) <= 50


def test_the_list_as_document(home: Home) -> None:
    document = home.document("data", "list", "--json", code=0)
    assert document["folder"] == str(home.path / "data")
    assert [source["name"] for source in document["sources"]] == NAMES
    first = document["sources"][0]
    assert {key: first[key] for key in ("kind", "bytes", "state", "licence")} == {
        "kind": "data",
        "bytes": 20479,
        "state": "absent",
        "licence": "public domain",
    }


def test_data_alone_is_the_list(home: Home) -> None:
    assert home.run("data").stdout == home.run("data", "list").stdout
    listed = command("data", "list")
    assert plain_form(["data"]) == app.parse(["data"]) == Call(listed, listed.defaults())
    assert "Usage: quizbook data" in home.run("data", "--help").stdout


def test_a_mistyped_command_is_answered_with_the_nearest(home: Home) -> None:
    done = home.run("data", "gte")
    assert done.returncode == 2
    assert "Did you mean 'get'?" in done.stderr


@WITH_DATA
def test_the_data_folder_can_be_another(home: Home) -> None:
    document = home.document("data", "list", "--json", code=0, QUIZBOOK_DATA=str(SHARED))
    assert [source["state"] for source in document["sources"]] == ["here"] * 3 + ["absent"] * 4
    assert f"3 of 7 here, 702 kB, in {SHARED}" in home.run("data", QUIZBOOK_DATA=str(SHARED)).stdout


@WITH_DATA
def test_add_says_what_a_file_is_and_takes_a_copy(home: Home, tmp_path: Path) -> None:
    shutil.copy(SHARED / "the-verdict.txt", tmp_path / "story.txt")
    done = home.run("data", "add", "story.txt", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout == (
        "story.txt is the-verdict: 'The Verdict', a short story by Edith Wharton, 1908; 5,145 GPT-2 tokens.\n"
        f"It is here now: {home.path / 'data' / 'the-verdict.txt'}\n"
    )
    assert (home.path / "data" / "the-verdict.txt").read_bytes() == (SHARED / "the-verdict.txt").read_bytes()
    document = home.document("data", "add", SHARED / "instruction-data.json", "--json", code=0)
    assert (document["name"], document["path"]) == (
        "instruction-data",
        str(home.path / "data" / "instruction-data.json"),
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [("nothing", "there is no file "), ("file", "taken are the-verdict.txt, "), ("folder", "GPT-2's weights (hparams")],
)
def test_add_says_what_would_be_taken(home: Home, tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "file").write_text("something")
    (tmp_path / "folder").mkdir()
    done = home.run("data", "add", tmp_path / name)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    document = home.document("data", "add", tmp_path / name, "--json", code=2)
    assert words in document["error"]["message"]


@WITH_DATA
def test_get_downloads_and_says_where_it_is(home: Home) -> None:
    with mirror() as address:
        done = home.run("data", "get", "the-verdict", "--mirror", address)
        document = home.document("data", "get", "sms-spam", "--json", code=0, QUIZBOOK_MIRROR=address)
    path = home.path / "data" / "the-verdict.txt"
    assert done.returncode == 0
    assert done.stdout == f"the-verdict is here: {path}\n"
    assert re.fullmatch(r"the-verdict.txt: 20.5 kB of 20.5 kB \(100 %\), .*/s\n", done.stderr)
    assert path.read_bytes() == (SHARED / "the-verdict.txt").read_bytes()
    assert document == {"name": "sms-spam", "path": str(home.path / "data" / "SMSSpamCollection.tsv")}
    again = home.run("data", "get", "the-verdict", "--mirror", "http://127.0.0.1:9")
    assert (again.returncode, again.stdout, again.stderr) == (0, done.stdout, "")


@WITH_DATA
def test_a_terminal_gets_a_bar_and_no_color_gets_lines(home: Home) -> None:
    with mirror() as address:
        code, screen = home.on_a_terminal("data", "get", "sms-spam", "--mirror", address)
        assert code == 0
        assert "SMSSpamCollection.tsv" in screen
        assert "━" in screen
        assert "\x1b[" in screen
        code, screen = home.on_a_terminal("data", "get", "the-verdict", "--mirror", address, NO_COLOR="1")
    assert code == 0
    assert "the-verdict.txt: 20.5 kB of 20.5 kB (100 %)" in screen
    assert "\x1b" not in screen


def test_get_of_a_name_that_is_none_names_the_nearest(home: Home) -> None:
    done = home.run("data", "get", "gpt2-124m")
    assert done.returncode == 2
    assert "did you mean gpt2-124M? There are the-verdict, sms-spam" in done.stderr


def test_get_without_a_network_says_what_else_helps(home: Home) -> None:
    words = ("data", "get", "the-verdict", "--mirror", "https://nowhere.invalid")
    done = home.run(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "quizbook: nowhere.invalid cannot be found: there is no network, or no such server; "
        "`quizbook data add FILE` takes the-verdict.txt that you have from elsewhere.\n"
    )
    assert home.document(*words, "--json", code=2)["error"]["kind"] == "input"
    assert list((home.path / "data").iterdir()) == []


def test_get_from_a_mirror_that_is_no_url_is_a_sentence(home: Home) -> None:
    done = home.run("data", "get", "the-verdict", "--mirror", "somewhere")
    assert done.returncode == 2
    assert "the URL is 'somewhere/the-verdict.txt'; it begins with http:// or https://" in done.stderr


@WITH_DATA
@pytest.mark.parametrize("terminal", [False, True])
def test_ctrl_c_keeps_what_came_and_the_next_get_goes_on(home: Home, terminal: bool) -> None:
    part = home.path / "data" / "SMSSpamCollection.tsv.part"
    with mirror(first=100_000) as address:
        code, said = interrupted(home, part, address, terminal)
    assert code == 1
    assert "quizbook: stopped; `quizbook data get sms-spam` goes on from here." in said
    assert "Traceback" not in said
    states = {row["name"]: row["state"] for row in home.document("data", "list", "--json", code=0)["sources"]}
    assert (states["sms-spam"], states["the-verdict"]) == ("partly", "absent")
    with mirror() as address:
        # The new server has another port, so it is another address: nothing is taken for granted, all comes anew.
        assert home.run("data", "get", "sms-spam", "--mirror", address).returncode == 0
    assert (home.path / "data" / "SMSSpamCollection.tsv").read_bytes() == (
        SHARED / "SMSSpamCollection.tsv"
    ).read_bytes()
    assert not part.exists()


def interrupted(home: Home, part: Path, address: str, terminal: bool) -> tuple[int, str]:
    """Exit code and words of a `get` that got Ctrl-C after 100,000 bytes."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [str(PROGRAM), "data", "get", "sms-spam", "--mirror", address],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs if terminal else subprocess.PIPE,
        env=home.environment(TERM="xterm"),
        text=True,
    )
    os.close(theirs)
    assert eventually(lambda: part.exists() and part.stat().st_size == 100_000, 30)
    process.send_signal(signal.SIGINT)
    said = "" if terminal else process.communicate(timeout=30)[1]
    while terminal and select.select([ours], [], [], 30)[0]:
        try:
            said += os.read(ours, 65536).decode()
        except OSError:  # its other end is closed
            break
    os.close(ours)
    assert part.stat().st_size == 100_000
    return process.wait(30), said


@WITH_DATA
def test_two_gets_of_the_same_do_not_disturb_each_other(home: Home) -> None:
    part = home.path / "data" / "SMSSpamCollection.tsv.part"
    with mirror(first=100_000) as address:
        words = [str(PROGRAM), "data", "get", "sms-spam", "--mirror", address]
        first = subprocess.Popen(words, env=home.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert eventually(lambda: part.exists() and part.stat().st_size == 100_000, 30)
        second = home.run("data", "get", "sms-spam", "--mirror", address)
        assert second.returncode == 2
        assert "another process is downloading" in second.stderr
        assert first.poll() is None
        first.kill()
        first.communicate(timeout=30)


def test_no_command_of_data_loads_torch_and_the_list_no_network_code(tmp_path: Path) -> None:
    code = "import sys; from quizbook.cli.main import main; main(); print(*sys.modules, file=sys.stderr)"
    for words, never in (
        (("data",), {"torch", "numpy", "rich", "typer", "urllib.request", "ssl"}),
        (("data", "add", "nothing"), {"torch", "numpy", "rich", "typer"}),
    ):
        home = Home(tmp_path / "home")
        line = [str(PROGRAM.with_name("python")), "-c", code, *words]
        done = subprocess.run(line, env=home.environment(), capture_output=True, text=True, timeout=60)
        assert "reference.sources" in done.stderr.split()
        assert not never & set(done.stderr.split())


def test_the_list_survives_a_reader_that_leaves(home: Home) -> None:
    line = f"{PROGRAM} data | head -n 1"
    done = subprocess.run(line, shell=True, env=home.environment(), capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("the-verdict")
    assert done.stderr == ""
