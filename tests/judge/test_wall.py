"""What the code behind the wall can do and what it cannot, tried by code behind the wall."""

from __future__ import annotations

import ctypes
import json
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from warm_judge import EXERCISE, REPO

ATTEMPT = """
import json
told = {}
def attempt(name, act):
    try:
        told[name] = ["done", str(act())[:2000]]
    except BaseException as error:
        told[name] = [type(error).__name__, str(error)[:500]]
"""
ENTRY = "\nprint(json.dumps(told))\ndef transfer_weights(source, target): pass\n"
PERMISSION = "PermissionError"


@pytest.fixture
def behind(judge, hand_in):
    """Runs lines of `attempt(name, act)` behind the wall: what became of each, as [exception or "done", text]."""

    def run(source: str) -> dict[str, list[str]]:
        told = judge.check(hand_in(ATTEMPT + textwrap.dedent(source) + ENTRY))
        assert told.verdict is not None, told.text
        return json.loads(told.printed.splitlines()[0])

    return run


def test_the_wall_is_full_where_the_kernel_gives_it(judge):
    told = judge.honest()
    assert told.verdict is not None
    landlock = ctypes.CDLL(None).syscall(444, None, 0, 1) >= 1
    namespaces = subprocess.run(["unshare", "-Urm", "true"], capture_output=True, check=False).returncode == 0
    if not (landlock and namespaces):
        pytest.skip("this kernel or container gives less than a full wall")
    assert told.verdict["wall"] == "full"


def test_it_reads_neither_the_checker_nor_the_solution_nor_anything_of_the_learner(behind, judge_home, hand_in):
    private = judge_home / "private.txt"
    private.write_text("secret")
    other = hand_in("secret = 1")
    wanted = {
        "checker": EXERCISE / "check.py",
        "solution": EXERCISE / "solution.py",
        "exercise": EXERCISE / "exercise.yaml",
        "home": private,
        "other submission": other,
        "judge": REPO / "quizbook" / "judge" / "judging.py",
        "bank": next((REPO / "question_bank").glob("*.yaml")),
        "users": "/etc/passwd",
    }
    lines = [f"attempt({name!r}, lambda: open({str(path)!r}).read())" for name, path in wanted.items()]
    lines += [
        f"attempt({'list ' + name!r}, lambda: __import__('os').listdir({str(Path(path).parent)!r}))"
        for name, path in wanted.items()
    ]
    told = behind("\n".join(lines))
    assert {name: outcome for name, (outcome, _) in told.items()} == dict.fromkeys(told, PERMISSION)


def test_it_reads_nothing_of_other_processes_and_not_its_own_memory_through_proc(behind):
    told = behind(
        """
        import os
        for pid in ("self", os.getppid(), 1):
            for name in ("mem", "maps", "environ", "cmdline", "status"):
                attempt(f"{pid} {name}", lambda: open(f"/proc/{pid}/{name}").read(10))
            attempt(f"{pid} fd", lambda: os.listdir(f"/proc/{pid}/fd"))
        attempt("processes", lambda: os.listdir("/proc"))
        attempt("folder of the parent", lambda: os.readlink(f"/proc/{os.getppid()}/cwd"))
        """
    )
    assert {outcome for outcome, _ in told.values()} == {PERMISSION}


def test_it_knows_nothing_of_the_environment_of_who_asked(behind, monkeypatch):
    monkeypatch.setenv("QUIZBOOK_SECRET", "1")
    monkeypatch.setenv("SECRET_TOKEN", "1")
    told = behind(
        "import os, sys\nattempt('names', lambda: ' '.join(sorted(os.environ)))\nattempt('argv', lambda: sys.argv)"
    )
    assert set(told["names"][1].split()) <= {
        "HOME",
        "LANG",
        "MPLBACKEND",
        "MPLCONFIGDIR",
        "PYTHONDONTWRITEBYTECODE",
        "TMPDIR",
        "TIKTOKEN_CACHE_DIR",
        "OMP_NUM_THREADS",
    }
    assert told["argv"][1] == "['submission']"


def test_it_reads_the_library_the_reference_and_its_own_copy(behind):
    told = behind(
        """
        import json.decoder, inspect, numpy, torch
        import reference.attention
        attempt("library", lambda: len(inspect.getsource(json.decoder)))
        attempt("package", lambda: len(inspect.getsource(torch.nn.Linear)))
        attempt("lazy import", lambda: __import__("fractions").Fraction(1, 2))
        attempt("reference", lambda: inspect.getsource(reference.attention.SelfAttention_v1))
        attempt("itself", lambda: len(open(__file__).read()))
        attempt("processor", lambda: len(open("/proc/cpuinfo").read()))
        """
    )
    assert {outcome for outcome, _ in told.values()} == {"done"}


def test_it_cannot_reach_a_server_on_this_machine(behind):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        told = behind(
            f"""
            import socket, urllib.request
            attempt("connect", lambda: socket.create_connection(("127.0.0.1", {server.getsockname()[1]}), timeout=2))
            attempt("http", lambda: urllib.request.urlopen("http://127.0.0.1:{server.getsockname()[1]}/", timeout=2))
            attempt("listen", lambda: socket.create_server(("127.0.0.1", 0)))
            attempt("unix", lambda: socket.socket(socket.AF_UNIX))
            attempt("datagram pair", lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))
            attempt("raw pair", lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_RAW))
            """
        )
        with pytest.raises(TimeoutError):
            server.accept()
    assert told.pop("http")[0] == "URLError"
    assert {outcome for outcome, _ in told.values()} == {PERMISSION}


def test_it_starts_no_program_and_no_process(behind):
    told = behind(
        """
        import os, subprocess
        attempt("fork", os.fork)
        attempt("exec", lambda: os.execv("/bin/true", ["true"]))
        attempt("run", lambda: subprocess.run(["/bin/true"]))
        attempt("spawn", lambda: os.posix_spawn("/bin/true", ["true"], {}))
        """
    )
    assert {outcome for outcome, _ in told.values()} == {PERMISSION}


def test_it_sends_no_signal_and_traces_nobody(behind):
    told = behind(
        """
        import ctypes, os, signal
        libc = ctypes.CDLL(None, use_errno=True)
        def call(*arguments):
            if libc.ptrace(*arguments) < 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        attempt("parent", lambda: os.kill(os.getppid(), 0))
        attempt("everybody", lambda: os.kill(-1, 0))
        attempt("its group", lambda: os.kill(0, signal.SIGCONT))
        attempt("trace", lambda: call(16, os.getppid(), 0, 0))
        attempt("itself", lambda: os.kill(os.getpid(), 0))
        """
    )
    assert told.pop("itself")[0] == "done"
    assert {outcome for outcome, _ in told.values()} == {PERMISSION}


def test_it_makes_nobody_else_slower(behind):
    told = behind(
        """
        import os, resource
        attempt("priority", lambda: os.setpriority(os.PRIO_PROCESS, os.getppid(), 1))
        attempt("processors", lambda: os.sched_setaffinity(os.getppid(), {0}))
        attempt("limits", lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CORE, (0, 0)))
        """
    )
    assert {outcome for outcome, _ in told.values()} == {PERMISSION}


def test_it_writes_in_its_scratch_folder_and_nowhere_else(behind, judge_home):
    told = behind(
        f"""
        import os, tempfile
        attempt("scratch", lambda: open("note", "w").write("x"))
        attempt("temporary", lambda: tempfile.NamedTemporaryFile().write(b"x"))
        attempt("home", lambda: open({str(judge_home / "note")!r}, "w"))
        attempt("beside itself", lambda: open(os.path.join(os.path.dirname(__file__), "note"), "w"))
        attempt("itself", lambda: open(__file__, "a"))
        attempt("tmp", lambda: open("/tmp/quizbook_hostile_note", "w"))
        attempt("memory", lambda: open("/dev/shm/quizbook_hostile_note", "w"))
        attempt("reference", lambda: open({str(REPO / "reference" / "note")!r}, "w"))
        """
    )
    for name in ("scratch", "temporary"):
        outcome, text = told.pop(name)
        assert outcome == "done", f"{name}: {text}"
    assert {outcome for outcome, _ in told.values()} <= {PERMISSION, "OSError"}


def test_its_scratch_folder_is_new_empty_and_its_home(behind):
    source = """
    import os
    attempt("there", lambda: os.listdir("."))
    attempt("home", lambda: os.path.expanduser("~") == os.getcwd())
    attempt("keep", lambda: open("kept", "w").write("x"))
    """
    for _ in range(2):
        told = behind(source)
        assert told["there"] == ["done", "[]"]
        assert told["home"] == ["done", "True"]


def test_it_changes_no_mode_owner_time_or_attribute_outside(behind, judge_home):
    canary = judge_home / "canary.txt"
    canary.write_text("alive")
    before = canary.stat()
    told = behind(
        f"""
        import os
        path = {str(canary)!r}
        attempt("mode", lambda: os.chmod(path, 0o600))
        attempt("owner", lambda: os.chown(path, os.getuid(), os.getgid()))
        attempt("time", lambda: os.utime(path, (1, 1)))
        attempt("attribute", lambda: os.setxattr(path, "user.x", b"1"))
        """
    )
    assert {outcome for outcome, _ in told.values()} <= {PERMISSION, "OSError"}
    assert canary.stat() == before


def test_it_inherits_no_descriptor_but_its_own(behind):
    told = behind(
        """
        import os
        def held():
            found = []
            for number in range(1024):
                try:
                    os.fstat(number)
                except OSError:
                    continue
                found.append(number)
            return found
        attempt("held", held)
        attempt("input", lambda: os.read(0, 10))
        """
    )
    assert told["held"] == ["done", "[0, 1, 2, 3, 4]"]
    assert told["input"] == ["done", "b''"]


def test_it_can_use_threads(behind):
    told = behind(
        """
        import threading, torch
        from concurrent.futures import ThreadPoolExecutor
        a = torch.randn(700, 700)
        attempt("torch", lambda: (torch.get_num_threads(), (a @ a).shape))
        attempt("pool", lambda: sum(ThreadPoolExecutor(4).map(lambda n: n * n, range(100))))
        """
    )
    assert told["torch"] == ["done", "(2, torch.Size([700, 700]))"]
    assert told["pool"] == ["done", "328350"]


def test_a_user_with_hundreds_of_other_threads_can_still_use_threads(behind):
    """A limit on processes counts all that the user runs anywhere. (Root is exempt: this says most elsewhere.)"""
    code = (
        "import threading, sys\nthreading.stack_size(65536)\nhold = threading.Event()\n"
        "for _ in range(400):\n    threading.Thread(target=hold.wait, daemon=True).start()\n"
        "print('up', flush=True)\nsys.stdin.read()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"up\n"
        told = behind("import threading\nattempt('thread', lambda: threading.Thread(target=int).start())")
        other.communicate(b"")
    assert told["thread"][0] == "done"


def test_matplotlib_draws_without_a_display(behind):
    told = behind(
        """
        import matplotlib
        import matplotlib.pyplot as plt
        attempt("backend", matplotlib.get_backend)
        plt.plot([1, 2], [3, 4])
        attempt("save", lambda: plt.savefig("figure.png"))
        attempt("size", lambda: __import__("os").path.getsize("figure.png") > 1000)
        """
    )
    assert told["backend"][1].lower() == "agg"
    assert told["save"][0] == "done"
    assert told["size"] == ["done", "True"]


def test_tiktoken_gives_the_tokens_of_gpt2_without_a_network_and_without_a_cache(behind):
    told = behind(
        """
        import tiktoken
        attempt("tokens", lambda: tiktoken.get_encoding("gpt2").encode("Akwirw ier"))
        attempt("text", lambda: tiktoken.get_encoding("gpt2").decode([33901, 86, 343, 86, 220, 959]))
        """
    )
    assert told["tokens"] == ["done", "[33901, 86, 343, 86, 220, 959]"]
    assert told["text"] == ["done", "Akwirw ier"]


def test_its_dice_are_its_own(behind):
    """Two submissions do not draw the same numbers, though they were forked from the same process."""
    source = "import random, torch\nattempt('python', random.random)\nattempt('torch', lambda: torch.rand(1).item())"
    assert behind(source) != behind(source)
