"""The same answers given in plain lines and in the app leave the same events."""

import io
from dataclasses import asdict

from desk import SEED, label, questions, sit

from quizbook.cli.asking import Dialogue
from quizbook.cli.quiz import run
from quizbook.study.session import Session
from quizbook.study.store import open_log

OF_THE_MOMENT = ("id", "at", "utc_offset", "device", "seconds", "about")

TYPED = [
    ":hint",
    f"{label(901, 'b')}!",
    ":undo",
    f"{label(901, 'c')}!",
    f"{label(902, 'a')} {label(902, 'd')}?",
    ":flag a head",
    f"1{label(903, 'a')} 2{label(903, 'd')} 3{label(903, 'c')}",
    f"{label(904, 'c')} {label(904, 'b')} {label(904, 'd')}",
    f"{label(901, 'a', SEED + 1)}",
    f"{label(905, 'A')} {label(905, 'B')}!",
    "import",
    "randn",
    "",
    f"1{label(907, 'b')} 2{label(907, 'a')}",
    "It writes.",
    "Tokens.",
    "",
    "1",
    "2",
    "[3]",
    "",
    "2.36M",
]
PRESSED = [
    ["h", label(901, "b"), "3", "u", label(901, "c"), "3", "enter"],
    [label(902, "a"), label(902, "d"), "enter", "1", "enter"],
    ["x", *"a_head", "enter", label(903, "a"), label(903, "d"), label(903, "c"), "enter", "enter", "enter"],
    [label(904, "c"), label(904, "b"), label(904, "d"), "enter", "enter", "enter"],
    [label(901, "a", SEED + 1), "enter", "enter"],
    [label(905, "A"), label(905, "B"), "enter", "3", "enter"],
    [*"import", "enter", *"randn", "enter", "enter", "enter"],
    [label(907, "b"), label(907, "a"), "enter", "enter", "enter"],
    [*"It_writes.", "enter", *"Tokens.", "ctrl+s", "enter", "1", "enter", "enter"],
    ["2", "enter", *"[3]", "ctrl+s", "enter", "enter"],
    [*"2.36M", "enter", "enter", "enter", "enter"],
]
NAMED = {"_": "space", ".": "full_stop", "[": "left_square_bracket", "]": "right_square_bracket"}


def lasting(home):
    """The events of a log without what differs between any two moments."""
    with open_log(home) as log:
        events = [asdict(event) for event in log.events()]
    places = {event["id"]: at for at, event in enumerate(events)}
    about = [places.get(event.get("about")) for event in events]
    kept = [{name: value for name, value in event.items() if name not in OF_THE_MOMENT} for event in events]
    return list(zip(kept, about, strict=True))


def test_plain_lines_and_the_app_record_the_same(tmp_path):
    plain, app = tmp_path / "plain", tmp_path / "app"
    with open_log(plain) as log:
        session = Session(questions(), SEED, record=log.append, device=log.device)
        with Dialogue(io.StringIO("\n".join(TYPED) + "\n"), io.StringIO()) as dialogue:
            assert run(session, dialogue) == 0

    async def learner(desk):
        for keys in PRESSED:
            await desk.press(*(NAMED.get(key, key) for key in keys))

    assert sit(app, learner, sure=True).summary.finished
    assert len(lasting(plain)) == 15
    assert lasting(app) == lasting(plain)
