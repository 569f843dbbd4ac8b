"""What is true of asking a chat server and of reading its scores, with a real server in a process of its own."""

from __future__ import annotations

import itertools
import json
import math
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.judge_llm import (
    Judgement,
    NoAnswer,
    NoJudge,
    generate_model_scores,
    judge_entries,
    parse_score,
    query_model,
    score_prompt,
)

RUNS = itertools.count()
OLLAMA, OPENAI = "/api/chat", "/v1/chat/completions"
ENTRY = {"instruction": "Name the capital.", "input": "France", "output": "Paris", "model_response": "It is Paris."}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    file = Path(__file__).with_name("local_chat_server.py")
    process = subprocess.Popen([sys.executable, file], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    process.kill()
    process.wait()


class Place:
    """An address of the server that behaves in one way, and what has come in there."""

    def __init__(self, server: str, behaviour: str, ending: str = OLLAMA) -> None:
        self.server, self.path = server, f"/{behaviour}/{next(RUNS)}"
        self.url = f"{server}{self.path}{ending}"

    def seen(self) -> list[dict[str, Any]]:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        seen: list[dict[str, Any]] = json.load(opener.open(f"{self.server}/seen{self.path}"))
        return seen


@pytest.fixture(autouse=True)
def neither_key_nor_proxy_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


# -- asking -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [OLLAMA, OPENAI])
def test_the_answer_comes_back_over_both_protocols(server: str, ending: str) -> None:
    assert query_model("Grüße, 世界\n\ud83d", "echo", Place(server, "plain", ending).url) == "Grüße, 世界\n\ud83d"


def test_ollama_without_streaming_gives_the_same(server: str) -> None:
    assert query_model("hello", "echo", Place(server, "plain").url, stream=False) == "hello"


def test_ollama_is_told_seed_temperature_and_context(server: str) -> None:
    place = Place(server, "plain")
    query_model("hello", "llama3", place.url, seed=7, temperature=0.5, context_length=4096)
    assert place.seen()[0]["body"] == {
        "model": "llama3",
        "messages": [{"role": "user", "content": "hello"}],
        "stream": True,
        "options": {"seed": 7, "temperature": 0.5, "num_ctx": 4096},
    }


def test_openai_is_told_seed_and_temperature_unless_they_are_none(server: str) -> None:
    place = Place(server, "plain", OPENAI)
    query_model("hello", "gpt", place.url)
    query_model("hello", "gpt", place.url, seed=None, temperature=None)
    question = {"model": "gpt", "messages": [{"role": "user", "content": "hello"}]}
    assert [seen["body"] for seen in place.seen()] == [{**question, "seed": 123, "temperature": 0.0}, question]


def test_the_ending_of_an_address_may_be_left_out_after_v1(server: str) -> None:
    place = Place(server, "plain", "/v1")
    assert query_model("hello", "echo", place.url + "/") == "hello"
    assert place.seen()[0]["path"].endswith("/v1/chat/completions")


def test_an_address_of_another_form_needs_the_protocol(server: str) -> None:
    place = Place(server, "plain", "/grader")
    with pytest.raises(ValueError, match="does not say which protocol it speaks; pass protocol='ollama' or 'openai'"):
        query_model("hello", "echo", place.url)
    assert query_model("hello", "echo", place.url, protocol="openai") == "hello"


@pytest.mark.parametrize(
    "url", ["", "localhost:11434", "ftp://localhost/api/chat", "http://", "http://h:99999/v1", "http://[::/v1",
            "http://h/api/chat\nX: 1", "http://h /api/chat", "http://user:secret@h/v1", "http://h/ü/api/chat"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_and_no_password_repeated(url: str) -> None:
    with pytest.raises(ValueError, match=r"the server's address is .*; it is like http://localhost:11434") as caught:
        query_model("hello", url=url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("prompt", ["", "  \n"])
def test_an_empty_prompt_is_refused(prompt: str) -> None:
    with pytest.raises(ValueError, match="the prompt is empty"):
        query_model(prompt)


@pytest.mark.parametrize(
    "bad", [{"timeout": 0}, {"timeout": math.nan}, {"retries": -1}, {"backoff": -1}, {"temperature": math.nan}]
)
def test_arguments_that_cannot_be_sent_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"timeout is|Out of range"):
        query_model("hello", **bad)


def test_a_proxy_is_not_asked_for_a_server_on_this_machine(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert query_model("hello", "echo", Place(server, "plain").url) == "hello"


# -- keys -------------------------------------------------------------------------------------------------------------


def authorization(place: Place) -> str | None:
    value: str | None = place.seen()[-1]["headers"].get("Authorization")
    return value


def test_a_key_comes_from_the_argument_or_else_from_the_environment(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(server, "plain", OPENAI)
    query_model("hello", url=place.url)
    assert authorization(place) is None
    monkeypatch.setenv("OPENAI_API_KEY", "from-environment\n")
    query_model("hello", url=place.url)
    assert authorization(place) == "Bearer from-environment"
    query_model("hello", url=place.url, api_key="given")
    assert authorization(place) == "Bearer given"


def test_the_environment_s_key_crosses_no_network_unencrypted_and_does_not_go_to_ollama(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    for place in (Place(server.replace("127.0.0.1", "0.0.0.0"), "plain", OPENAI), Place(server, "plain", OLLAMA)):
        query_model("hello", url=place.url)
        assert authorization(place) is None


def test_a_key_with_a_line_break_inside_is_refused_without_being_repeated(server: str) -> None:
    with pytest.raises(ValueError, match="the API key has characters that no key has") as caught:
        query_model("hello", url=Place(server, "plain", OPENAI).url, api_key="sec\nret")
    assert "ret" not in str(caught.value).replace("typographic", "").replace("characters", "")


def test_a_key_that_is_refused_says_where_to_give_one(server: str) -> None:
    with pytest.raises(NoJudge, match=r"refuses the API key: Incorrect API key provided; pass api_key or set OPENAI"):
        query_model("hello", url=Place(server, "no-key", OPENAI).url)


@pytest.mark.parametrize("behaviour", ["moved", "found"])
def test_a_redirection_is_named_and_not_followed(server: str, behaviour: str) -> None:
    place = Place(server, behaviour, OPENAI)
    with pytest.raises(NoJudge, match=r"sends us on to http://elsewhere\.example/api/chat; if you trust it"):
        query_model("hello", url=place.url, api_key="secret")


# -- trouble that passes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("behaviour", "attempts"), [("flaky", 3), ("hang-up", 2), ("busy-somehow", 2)])
def test_what_fails_for_a_while_is_asked_again(server: str, behaviour: str, attempts: int) -> None:
    place = Place(server, behaviour)
    assert query_model("hello", "echo", place.url, backoff=0.01) == "hello"
    assert len(place.seen()) == attempts


@pytest.mark.parametrize("behaviour", ["busy", "busy-until"])
def test_a_busy_server_is_left_in_peace_for_as_long_as_it_asks(server: str, behaviour: str) -> None:
    place = Place(server, behaviour)
    assert query_model("hello", "echo", place.url, backoff=0) == "hello"
    first, second = (seen["time"] for seen in place.seen())
    assert second - first >= 0.9


def test_a_server_that_asks_for_an_hour_is_given_up_at_once(server: str) -> None:
    place = Place(server, "busy-for-an-hour")
    with pytest.raises(NoAnswer, match=r"status 429: too many questions, and asks to wait 3,600 s; asked once"):
        query_model("hello", url=place.url)
    assert len(place.seen()) == 1


@pytest.mark.parametrize(
    ("behaviour", "sentence"),
    [
        ("broken", r"answered with status 502; asked 3 times"),
        ("cut", "closed the connection before its answer was complete; asked 3 times"),
        ("cut-chunks", "closed the connection before its answer was complete; asked 3 times"),
        ("not-done", "stopped in the middle of its answer; asked 3 times"),
    ],
)
def test_what_keeps_failing_ends_in_a_sentence_with_the_number_of_attempts(
    server: str, behaviour: str, sentence: str
) -> None:
    place = Place(server, behaviour)
    with pytest.raises(NoAnswer, match=sentence):
        query_model("hello", url=place.url, retries=2, backoff=0.01)
    assert len(place.seen()) == 3


# -- trouble that stays -----------------------------------------------------------------------------------------------


def test_where_no_server_runs_the_sentence_says_how_to_start_one() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NoJudge, match=f"no server runs at http://127.0.0.1:{port}/api/chat; `ollama serve` starts one"):
        query_model("hello", url=f"http://127.0.0.1:{port}")


def test_a_host_that_is_not_there_is_a_sentence() -> None:
    with pytest.raises(NoJudge, match=r"http://nowhere\.invalid/api/chat cannot be reached"):
        query_model("hello", url="http://nowhere.invalid")


def test_what_does_not_speak_http_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def greet() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"220 mail.example ESMTP ready\r\n")

        threading.Thread(target=greet, daemon=True).start()
        with pytest.raises(NoJudge, match="does not speak HTTP"):
            query_model("hello", url=f"http://127.0.0.1:{listening.getsockname()[1]}")


@pytest.mark.parametrize(
    ("ending", "more"), [(OLLAMA, "; `ollama pull unknown` downloads it$"), (OPENAI, "'unknown' not found$")]
)
def test_an_unknown_model_is_named(server: str, ending: str, more: str) -> None:
    with pytest.raises(NoJudge, match=f"does not know the model 'unknown': .*{more}"):
        query_model("hello", "unknown", Place(server, "plain", ending).url)


def test_an_address_without_a_chat_says_what_the_right_ones_end_in(server: str) -> None:
    with pytest.raises(NoJudge, match=r"no chat at .*; Ollama's ends in /api/chat, OpenAI's in /v1/chat/completions"):
        query_model("hello", url=Place(server, "no-such-path").url)


def test_a_question_that_is_refused_comes_with_the_server_s_reason(server: str) -> None:
    with pytest.raises(NoAnswer, match="refuses the question with status 400: temperature must be 1"):
        query_model("hello", url=Place(server, "bad-request", OPENAI).url)


def test_a_page_instead_of_json_is_shown_without_signs_that_steer_a_terminal(server: str) -> None:
    with pytest.raises(NoJudge, match=r"answers, but not in JSON: <html> <body>Sign in to the \[31m wireless"):
        query_model("hello", url=Place(server, "html").url)


def test_an_error_in_the_middle_of_a_stream_is_no_answer(server: str) -> None:
    with pytest.raises(NoAnswer, match="broke off with an error: the graphics card is gone"):
        query_model("hello", url=Place(server, "error-in-stream").url)


@pytest.mark.parametrize("behaviour", ["slow", "dribble"])
def test_a_server_that_takes_too_long_ends_in_a_sentence(server: str, behaviour: str) -> None:
    place = Place(server, behaviour)
    with pytest.raises(NoAnswer, match=r"did not finish its answer within 0\.3 s; a larger timeout may help"):
        query_model("hello", url=place.url, timeout=0.3)
    assert len(place.seen()) == 1


def test_a_server_that_sends_for_ever_ends_in_a_sentence(server: str) -> None:
    with pytest.raises(NoAnswer, match="has sent more than 1,000,000 bytes without coming to an end"):
        query_model("hello", url=Place(server, "endless").url)


@pytest.mark.parametrize("ending", [OLLAMA, OPENAI])
@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("[1, 2]", "answers with a list where the protocol has a JSON object"),
        ("null", "answers with a NoneType"),
        ("{}", r"sent JSON without a message's text: \{\}"),
        ('{"message": {"content": 3}, "choices": []}', "sent JSON without a message's text"),
        ('{"message": null, "choices": [{"message": {"content": null}}]}', "sent JSON without a message's text"),
        ('{"error": "no"}', "broke off with an error: no"),
        ('{"message": {"con', "sent JSON that is broken or cut; asked once"),
        ("[" * 100_000, "answers, but not in JSON"),
        ("\ud83d".encode("utf-8", "surrogatepass").decode("latin-1"), "answers, but not in JSON"),
        (" ", "answered with nothing; asked once"),
    ],
)
def test_json_that_is_no_answer_is_one_sentence(server: str, ending: str, body: str, sentence: str) -> None:
    with pytest.raises(NoAnswer, match=sentence) as caught:
        query_model("hello", body, Place(server, "exactly", ending).url, retries=0)
    assert len(str(caught.value)) < 400


# -- reading a score --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("85", 85),
        (" 0\n", 0),
        ("100.", 100),
        ("85.5", 85.5),
        ("**85**", 85),
        ("85/100", 85),
        ("85%", 85),
        ("```\n85\n```", 85),
        ("$\\boxed{85}$", 85),
        ("Score: 85/100", 85),
        ("**Score:** 85", 85),
        ("Score (0-100): 85", 85),
        ("## Score\n85", 85),
        ("1. Score: 85", 85),
        ("| Score | 85 |", 85),
        ("<score>85</score>", 85),
        ('{\n  "score": 85,\n  "reason": "2 errors"\n}', 85),
        ("Rating: 92.5/100", 92.5),
        ("I would give it 85 out of 100.", 85),
        ("I’d rate this response 85/100 because it is short.", 85),
        ("On a scale of 0 to 100, I would give 85.", 85),
        ("Therefore, the score is 85.", 85),
        ("The response names 3 of 4 cities.\nScore: 85", 85),
        ("85\n\nThe response names 3 of 4 cities.", 85),
        ("The response is right about 1987.\n\n85", 85),
        ("Score: 85. However, it lacks detail.", 85),
        ("Score: 85 because 2 + 2 = 4", 85),
        ("The score is 85. I repeat: the score is 85.", 85),
        ("<think>70? No, rather 90.</think>\n85", 85),
    ],
)
def test_a_score_that_is_stated_is_read(text: str, score: float) -> None:
    assert parse_score(text) == score
    assert type(parse_score(text)) is type(score)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "eighty-five",
        "Score: N/A",
        "-5",
        "Score: -5",
        "101",
        "Score: 850",
        "9" * 5000,
        "80-90",
        "Score: 80 to 90",
        "between 80 and 90",
        "Score: 80 or 85",
        "Score: 80–90/100",
        "85\n90",
        "85, 90",
        "Score: 85\nScore: 70",
        "Score: 3 (spelling), 80 (grammar)",
        "Score: 3 on spelling, 80 on grammar",
        "8/10",
        "Score: 8 (out of 10)",
        "Score: 8\n(on a scale of 1 to 10)",
        "I'd give it 4 stars",
        "0.85",
        "85,5",
        "8_5",
        "1e2",
        "85²",
        "85+",
        "Score: > 85",
        "Score: at least 85",
        "The answer has 3 errors.",
        "The response gives 3 examples.",
        "Paris was founded in 987.",
        "It simplifies 45/100 to 9/20.",
        "It covers 45% of the topics.",
        "The correct result is:\n4",
        "If it were longer, I would give it 100.",
        "I'd give it 100 if it were right",
        "I would not give it 85.",
        "The maximum score is 100.",
        "<think>85",
        "Score: 85" + " " * 20_000,
    ],
)
def test_where_no_score_is_clearly_stated_there_is_none(text: str) -> None:
    assert parse_score(text) is None


@given(st.integers(0, 100), st.sampled_from(["{}", "Score: {}", "**{}**", "I'd give it {}/100.", "{}\n\nWell done."]))
def test_every_whole_number_from_0_to_100_is_read_as_it_is(number: int, form: str) -> None:
    assert parse_score(form.format(number)) == number


@given(st.text(st.sampled_from("0123456789 .,/-%*:()\nScoreiatnoutf100"), max_size=60) | st.text())
def test_whatever_a_judge_writes_is_a_score_in_range_or_none(text: str) -> None:
    score = parse_score(text)
    assert score is None or score == 0 or 1 <= score <= 100


@given(st.integers(0, 100), st.integers(0, 100))
def test_two_different_scores_are_never_one(first: int, second: int) -> None:
    assert parse_score(f"Score: {first}\nScore: {second}") == (first if first == second else None)


# -- grading ----------------------------------------------------------------------------------------------------------


def test_the_judge_reads_the_task_its_input_the_reference_and_the_response() -> None:
    prompt = score_prompt(ENTRY, "It is Paris.")
    assert all(part in prompt for part in ("Name the capital.", "France", "\nParis\n", "It is Paris."))
    assert "Input" not in score_prompt({**ENTRY, "input": ""}, "It is Paris.")


def test_scores_come_in_the_order_of_the_entries(server: str) -> None:
    place = Place(server, "plain")
    assert generate_model_scores([ENTRY] * 3, "model_response", "say **70**/100", place.url) == [70, 70, 70]
    assert "It is Paris." in place.seen()[0]["body"]["messages"][0]["content"]


def test_an_entry_without_a_score_is_left_out_and_says_why(server: str) -> None:
    told: list[Judgement] = []
    place = Place(server, "plain")
    scores = generate_model_scores(
        [ENTRY] * 2, "model_response", "say between 70 and 80", place.url, on_progress=told.append
    )
    assert scores == []
    assert told[1] == Judgement(1, None, "between 70 and 80", "no clear score in 'between 70 and 80'")


def test_an_entry_that_gets_no_answer_does_not_stop_the_others() -> None:
    answers = iter(["80", NoAnswer("it broke off"), NoJudge("it is gone"), "90"])

    def ask(_: str) -> str:
        answer = next(answers)
        if isinstance(answer, NoAnswer):
            raise answer
        return answer

    judgements = list(judge_entries([ENTRY] * 4, "model_response", ask))
    assert [judgement.score for judgement in judgements] == [80, None, None, 90]
    assert [judgement.problem for judgement in judgements] == ["", "it broke off", "it is gone", ""]


def test_a_judge_that_cannot_answer_at_all_stops_the_run_at_the_first_entry(server: str) -> None:
    place = Place(server, "plain")
    with pytest.raises(NoJudge, match="does not know the model 'unknown'"):
        generate_model_scores([ENTRY] * 5, "model_response", "unknown", place.url)
    assert len(place.seen()) == 1


def test_an_entry_that_lacks_its_response_is_named_before_anything_is_asked(server: str) -> None:
    place = Place(server, "plain")
    with pytest.raises(ValueError, match=r"entry 1 has no text under 'model_response'; it has 'instruction', 'output'"):
        generate_model_scores([ENTRY, {"instruction": "a", "output": "b"}], "model_response", "llama3", place.url)
    assert place.seen() == []


def test_the_real_instruction_data_is_graded_entry_by_entry(server: str) -> None:
    file = Path(__file__).parents[3] / "shared/data/instruction-data.json"
    if not file.is_file():
        pytest.skip("the instruction data set is not there")
    entries = json.loads(file.read_text(encoding="utf-8"))[:20]
    scores = generate_model_scores(entries, "output", "say Score: 77", Place(server, "plain", OPENAI).url)
    assert scores == [77] * 20


def test_judging_does_not_import_torch() -> None:
    code = "import reference.judge_llm, sys; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"
