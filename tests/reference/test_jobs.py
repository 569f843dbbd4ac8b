"""The jobs of `python -m reference`, each from its data to what it leaves on the disk and says."""

from __future__ import annotations

import io
import itertools
import json
import math
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from small_jobs import (
    QUICK,
    ROOT,
    SMALL,
    TEXT,
    done,
    environment,
    refused,
    write_instructions,
    write_messages,
    write_text,
)

from reference.checkpoint import load_model, save_model
from reference.classify import classify_review, load_classifier
from reference.config import GPTConfig
from reference.generate import generate
from reference.huggingface import load_huggingface, save_huggingface
from reference.jobs.main import main
from reference.model import GPTModel
from reference.tokenizer import gpt2_tokenizer, text_to_token_ids, token_ids_to_text

Capture = pytest.CaptureFixture[str]
CONFIG = GPTConfig(context_length=16, emb_dim=8, n_heads=2, n_layers=1, drop_rate=0.0)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to stand in, and no data sets but those that a test puts there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QUIZBOOK_DATA", str(tmp_path / "data"))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield tmp_path
    torch.set_num_threads(threads)


def a_model(path: Path, **changes: Any) -> GPTModel:
    """A model with random weights, in a file."""
    torch.manual_seed(1)
    model = GPTModel(GPTConfig(**{**CONFIG, **changes})).eval()
    save_model(model, path)
    return model


# -- the command line --------------------------------------------------------------------------------------------------


def test_help_names_the_jobs_and_loads_no_torch() -> None:
    code = (
        "import sys; from reference.jobs.main import main; main(['--help']); main(['pretrain', '--help']); "
        "sys.exit('torch' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True)
    for job in ("pretrain", "generate", "classify", "instruct", "evaluate", "convert"):
        assert job in ran.stdout
    assert "--emb-dim" in ran.stdout


def test_it_runs_as_a_module_where_a_file_of_somebodys_is_called_torch(place: Path) -> None:
    (place / "torch.py").write_text("raise SystemExit('the wrong torch')")
    (place / "json.py").write_text("raise SystemExit('the wrong json')")
    ran = subprocess.run(
        [sys.executable, "-m", "reference", "evaluate", "nothing.safetensors"],
        capture_output=True, text=True, env=environment(), cwd=place, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("reference: there is no file or folder nothing.safetensors")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("pretrian", "Did you mean 'pretrain'?"),
        ("pretrain one two", "(two). Try 'python -m reference pretrain --help'."),
        ("pretrain --epoch 3", "--epochs"),
        ("pretrain --epochs 0", "--epochs"),
        ("pretrain --epochs three", "--epochs"),
        ("pretrain text.txt --emb-dim 10 --n-heads 3", "n_heads must divide emb_dim"),
        ("pretrain text.txt --size huge", "there is no size 'huge'"),
        ("pretrain text.txt --drop-rate 2", "drop_rate is 2"),
        ("pretrain text.txt --device abacus", "--device"),
        ("pretrain text.txt --min-lr 1 --lr 0.1", "--min-lr is 1"),
        ("pretrain text.txt --context-length 4000", "4001"),
        ("pretrain text.txt --val-share 0.9 --context-length 140", "--val-share 0"),
        ("pretrain text.txt --batch-size 1000", "batches of 1000"),
        ("pretrain nothing.txt", "there is no file nothing.txt"),
        ("pretrain the-verdict", "quizbook data get the-verdict"),
        ("pretrain .", ". is a folder"),
        ("pretrain latin.txt", "is not UTF-8"),
        ("pretrain empty.txt", "0 tokens"),
        ("classify text.txt", "1 columns; there are two"),
        ("classify --text hello", "needs --model"),
        ("classify messages.tsv --max-length 17", "--max-length is 17"),
        ("classify messages.tsv --model model.safetensors --emb-dim 8", "--emb-dim is for a new model"),
        ("classify messages.tsv --max-length 8 --lora-rank 4 --train head", "leave out --train"),
        ("instruct text.txt", "is no JSON"),
        ("generate model.safetensors --threads 1", "the prompt is empty"),
        ("generate model.safetensors hello --top-k 0", "top_k is 0"),
        ("generate model.safetensors hello --top-k 60000", "top_k is 60000"),
        ("generate model.safetensors hello --top-p 1.5", "top_p is 1.5"),
        ("generate model.safetensors hello --temperature -1", "temperature is -1"),
        ("generate 124M hello", "quizbook data get gpt2-124M"),
        ("generate 125M hello", "there are gpt2-small"),
        ("generate hollow hello", "holds no model"),
        ("generate text.txt hello", "is no file of weights"),
        ("generate cut.safetensors hello", "is cut off"),
        ("generate few.safetensors hello", "knows 100 tokens"),
        ("evaluate model.safetensors empty.txt", "has 0 tokens"),
        ("evaluate nothing.json", "there is no file nothing.json"),
        ("evaluate text.json", "holds no list of entries"),
        ("convert model.safetensors model.onnx", "a file ends in .safetensors"),
        ("convert model.safetensors few.safetensors", "--overwrite"),
        ("convert bare.pth new.safetensors", "--n-heads"),
    ],
)  # fmt: skip
def test_bad_input_gets_one_sentence(
    words: str, said: str, place: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_text(place)
    write_messages(place)
    (place / "hollow").mkdir()
    (place / "empty.txt").touch()
    (place / "latin.txt").write_bytes("déjà vu ".encode("latin-1") * 40)
    (place / "text.json").write_text("{}")
    model = a_model(place / "model.safetensors")
    (place / "cut.safetensors").write_bytes((place / "model.safetensors").read_bytes()[:-9])
    a_model(place / "few.safetensors", vocab_size=100)
    torch.save(model.state_dict(), place / "bare.pth")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    given = words.split()
    if given[0] in ("pretrain", "classify", "instruct") and "--model" not in given:
        for name, value in zip(SMALL[::2], SMALL[1::2], strict=True):
            given += [] if name in given else [name, value]
    assert said in refused(*given, capsys=capsys)


def test_with_json_a_fault_is_json_on_stdout(capsys: Capture) -> None:
    assert main(["generate", "nothing.pth", "hello", "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert told["passed"] is False
    assert told["error"]["kind"] == "input"
    assert "nothing.pth" in told["error"]["message"]


def test_a_fault_of_our_own_is_told_as_such_with_a_file_that_has_the_details(
    place: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr("tempfile.tempdir", None)
    a_model(place / "model.safetensors")
    # A value that torch refuses deep inside, which no check of ours has foreseen.
    monkeypatch.setattr("reference.jobs.generate.END_OF_TEXT_ID", "fifty thousand")
    assert main(["generate", "model.safetensors", "hello"]) == 4
    said = capsys.readouterr().err
    assert "fault of the program itself" in said
    assert "Traceback" not in said
    assert "Traceback" in Path(said.split("the details are in ")[1].strip()).read_text()


def test_only_pretraining_shares_its_work_among_processes(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert "classify runs in one process" in refused("classify", capsys=capsys)


# -- pretrain ----------------------------------------------------------------------------------------------------------


def test_pretraining_lowers_the_loss_and_leaves_model_losses_and_picture(place: Path, capsys: Capture) -> None:
    write_text(place)
    result = done("pretrain", "text.txt", *QUICK, "--epochs", 8, "--lr", 0.03, capsys=capsys)
    losses = json.loads((place / "runs/pretrain/losses.json").read_text())
    assert losses["training"][-1] < losses["training"][0] - 1
    assert losses["validation"][-1] == result["validation_loss"]
    assert result["validation_perplexity"] == pytest.approx(math.exp(result["validation_loss"]))
    assert losses["at_step"][-1] == losses["steps"] == result["steps"]
    assert losses["epochs"][-1] == 8
    assert losses["seen"][-1] == result["tokens"] == result["steps"] * 2 * 16
    assert (place / "runs/pretrain/losses.png").read_bytes()[:4] == b"\x89PNG"
    model = load_model(result["model"])
    assert model.cfg.emb_dim == 8
    assert sum(parameter.numel() for parameter in model.parameters()) == result["parameters"]
    assert stat.S_IMODE(Path(result["model"]).stat().st_mode) == 0o666 & ~_umask()


def _umask() -> int:
    import os

    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_run_without_a_terminal_tells_of_the_first_and_the_last_step_and_draws_the_curves(
    place: Path, capsys: Capture
) -> None:
    write_text(place)
    assert main(["pretrain", "text.txt", *QUICK]) == 0
    captured = capsys.readouterr()
    assert "training 1 of" in captured.err
    assert "tokens/s" in captured.err
    assert "epoch 2: Every effort moves you" in captured.err
    assert "o training  + validation" in captured.out
    assert "\x1b" not in captured.out + captured.err


def test_the_same_command_again_repeats_the_result_and_trains_nothing(place: Path, capsys: Capture) -> None:
    write_text(place)
    first = done("pretrain", "text.txt", *QUICK, capsys=capsys)
    before = {path.name: path.stat().st_mtime_ns for path in Path("runs/pretrain").iterdir()}
    assert done("pretrain", "text.txt", *QUICK, capsys=capsys) == first
    assert {path.name: path.stat().st_mtime_ns for path in Path("runs/pretrain").iterdir()} == before


def test_the_same_seed_gives_the_same_model_and_another_seed_another(place: Path, capsys: Capture) -> None:
    write_text(place)
    weights = [
        Path(done("pretrain", "text.txt", *QUICK, "--out", out, "--seed", seed, capsys=capsys)["model"]).read_bytes()
        for out, seed in (("one", 1), ("two", 1), ("three", 2))
    ]
    assert weights[0] == weights[1] != weights[2]


def test_another_training_in_the_folder_is_refused_with_what_differs_and_moved_aside_when_asked(
    place: Path, capsys: Capture
) -> None:
    text = write_text(place)
    done("pretrain", "text.txt", *QUICK, capsys=capsys)
    said = refused("pretrain", "text.txt", *QUICK, "--emb-dim", 12, "--seed", 7, capsys=capsys)
    assert "seed is 123 there and 7 now" in said
    assert "emb_dim is 8 there and 12 now" in said
    assert "--fresh" in said
    text.write_text(TEXT + " The end.")
    assert "data is" in refused("pretrain", "text.txt", *QUICK, capsys=capsys)
    done("pretrain", "text.txt", *QUICK, "--seed", 7, "--fresh", capsys=capsys)
    assert json.loads(Path("runs/pretrain/settings.json").read_text())["seed"] == 7
    assert json.loads(Path("runs/pretrain.1/settings.json").read_text())["seed"] == 123


@pytest.mark.parametrize("fresh", [[], ["--fresh"]])
def test_a_folder_of_something_else_is_left_alone(fresh: list[str], place: Path, capsys: Capture) -> None:
    write_text(place)
    Path("photos").mkdir()
    Path("photos/cat.jpg").touch()
    assert "holds no training" in refused("pretrain", "text.txt", *QUICK, "--out", "photos", *fresh, capsys=capsys)
    assert [path.name for path in Path("photos").iterdir()] == ["cat.jpg"]


def test_a_damaged_checkpoint_is_refused(place: Path, capsys: Capture) -> None:
    write_text(place)
    done("pretrain", "text.txt", *QUICK, capsys=capsys)
    Path("runs/pretrain/result.json").unlink()
    checkpoint = Path("runs/pretrain/checkpoint.pth")
    checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
    assert "checkpoint.pth is no file of weights, or is cut off" in refused(
        "pretrain", "text.txt", *QUICK, capsys=capsys
    )


def test_the_whole_text_can_be_trained_on(place: Path, capsys: Capture) -> None:
    write_text(place)
    result = done("pretrain", "text.txt", *QUICK, "--val-share", 0, capsys=capsys)
    assert result["validation_loss"] is None
    assert result["training_loss"] > 0


# -- generate ----------------------------------------------------------------------------------------------------------


def test_generation_writes_the_prompt_and_what_generate_adds(place: Path, capsys: Capture) -> None:
    model = a_model(place / "model.safetensors")
    idx = text_to_token_ids("Hello there", gpt2_tokenizer())
    ids = generate(model, idx, 12, 16)
    assert main(["generate", "model.safetensors", "Hello there", "--max-new-tokens", "12", "--no-stop"]) == 0
    assert capsys.readouterr().out == token_ids_to_text(ids, gpt2_tokenizer()) + "\n"


def test_the_prompt_may_come_from_stdin(place: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    a_model(place / "model.safetensors")
    monkeypatch.setattr("sys.stdin", io.StringIO("Hello there\n"))
    assert main(["generate", "model.safetensors", "--max-new-tokens", "3"]) == 0
    assert capsys.readouterr().out.startswith("Hello there")


def test_sampling_is_repeatable_with_a_seed_and_does_not_need_the_cache(place: Path, capsys: Capture) -> None:
    a_model(place / "model.safetensors")
    words = ["generate", "model.safetensors", "Hello", "--temperature", 1.5, "--top-k", 50, "--top-p", 0.9]
    texts = [
        done(*words, "--seed", seed, *more, capsys=capsys)["text"]
        for seed, more in ((1, []), (1, ["--no-cache"]), (2, []))
    ]
    assert texts[0] == texts[1] != texts[2]


@pytest.mark.parametrize("precision", ["fp32", "fp16", "bf16", "int8"])
def test_a_packed_model_writes_too(precision: str, place: Path, capsys: Capture) -> None:
    a_model(place / "model.safetensors")
    words = ["generate", "model.safetensors", "Hello", "--max-new-tokens", 4, "--no-stop"]
    assert done(*words, "--fast", precision, capsys=capsys)["tokens"] == 4


def test_characters_of_several_tokens_come_out_whole(place: Path, capsys: Capture) -> None:
    tokenizer = gpt2_tokenizer()
    snowman = tokenizer.encode("☃")
    assert len(snowman) > 1
    model = a_model(place / "plain.safetensors")
    with torch.no_grad():  # after every place the same two tokens in turn, by position
        model.tok_emb.weight.zero_()
        model.pos_emb.weight.zero_()
        model.pos_emb.weight[torch.arange(16), torch.arange(16) % len(snowman)] = 30.0
        for part in (model.trf_blocks[0].att.out_proj, model.trf_blocks[0].ff.layers[2]):
            part.weight.zero_()
            part.bias.zero_()
        model.out_head.weight.zero_()
        for place_in_snowman, token in enumerate(snowman):
            model.out_head.weight[token, place_in_snowman] = 1.0
    save_model(model, place / "model.safetensors")
    result = done("generate", "model.safetensors", "a", "--max-new-tokens", len(snowman), capsys=capsys)
    assert result["text"] == "☃"


# -- classify ----------------------------------------------------------------------------------------------------------


def test_the_classifier_learns_what_tells_the_messages_apart_and_classifies_others(
    place: Path, capsys: Capture
) -> None:
    write_messages(place)
    words = ["classify", "messages.tsv", *QUICK, "--epochs", 6, "--lr", 0.02, "--max-length", 12]
    result = done(*words, capsys=capsys)
    for name in ("training_accuracy", "validation_accuracy", "test_accuracy"):
        assert result[name] > 0.9
    texts = ["prize see you at home now prize", "see you at home for dinner"]
    asked = ["classify", "--model", "runs/classify", *(word for text in texts for word in ("--text", text))]
    verdicts = done(*asked, capsys=capsys)["verdicts"]
    model, length = load_classifier(result["model"])
    assert length == 12
    assert [verdict["is"] for verdict in verdicts] == [
        classify_review(text, model, gpt2_tokenizer(), "cpu", length) for text in texts
    ]
    assert [verdict["is"] for verdict in verdicts] == ["spam", "not spam"]
    measured = done("evaluate", result["model"], "messages.tsv", capsys=capsys)
    assert measured["messages"] == 60
    assert measured["accuracy"] == pytest.approx((measured["ham_accuracy"] + measured["spam_accuracy"]) / 2)
    assert "holds a classifier" in refused("generate", result["model"], "hello", capsys=capsys)


def test_messages_may_come_from_a_csv_file_with_labels_as_numbers(place: Path, capsys: Capture) -> None:
    rows = [f'{number % 2},"{"prize, " if number % 2 else ""}hello {number}"' for number in range(40)]
    Path("messages.csv").write_text("Label,Text\n" + "\n".join(rows) + "\n")
    assert done("classify", "messages.csv", *QUICK, "--epochs", 1, "--max-length", 8, capsys=capsys)["steps"] == 14


@pytest.mark.parametrize(
    ("more", "trained"),
    [
        ([], "norm1 norm2 att ff final_norm out_head"),
        (["--train", "head"], "final_norm out_head"),
        (["--train", "all"], "tok_emb pos_emb norm1 norm2 att ff final_norm out_head"),
    ],
)
def test_from_a_given_model_only_what_is_asked_for_is_trained(
    more: list[str], trained: str, place: Path, capsys: Capture
) -> None:
    write_messages(place, 40)
    given = a_model(place / "model.safetensors", n_layers=2)
    words = ["classify", "messages.tsv", "--model", "model.safetensors", "--threads", 1, "--epochs", 1, "--lr", 0.01]
    result = done(*words, *more, capsys=capsys)
    after, _ = load_classifier(result["model"])
    before = given.state_dict()
    changed = {
        name
        for name, tensor in after.state_dict().items()
        if name.startswith("out_head") or not tensor.equal(before[name])
    }
    if "--train" not in more or "head" in more:
        assert not [name for name in changed if name.startswith(("tok_emb", "pos_emb", "trf_blocks.0"))]
    parts = {name.split(".")[2] if name.startswith("trf_blocks") else name.split(".")[0] for name in changed}
    assert parts == set(trained.split())


def test_lora_trains_adapters_and_leaves_a_plain_classifier(place: Path, capsys: Capture) -> None:
    write_messages(place, 40)
    a_model(place / "model.safetensors")
    words = ["classify", "messages.tsv", "--model", "model.safetensors", "--threads", 1, "--epochs", 1]
    result = done(*words, "--lora-rank", 2, "--lr", 0.01, capsys=capsys)
    assert result["trained_parameters"] < 1000
    model, _ = load_classifier(result["model"])
    assert not [name for name in model.state_dict() if "lora" in name]


# -- instruct ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more", [[], ["--mask", "--style", "phi3"], ["--lora-rank", "2", "--model", "model.safetensors"]]
)
def test_instruction_tuning_lowers_the_loss_and_writes_responses(more: list[str], place: Path, capsys: Capture) -> None:
    write_instructions(place)
    a_model(place / "model.safetensors", context_length=64)
    shape = ["--threads", 1] if "--model" in more else [*SMALL, "--context-length", 64]
    words = ["instruct", "instructions.json", *shape, "--epochs", 4, "--batch-size", 4, "--lr", 0.02]
    words += ["--eval-every", 8, "--eval-batches", 1]
    result = done(*words, "--max-new-tokens", 5, *more, capsys=capsys)
    losses = json.loads((place / "runs/instruct/losses.json").read_text())
    assert losses["training"][-1] < losses["training"][0]
    responses = json.loads(Path(result["responses"]).read_text())
    entries = json.loads((place / "instructions.json").read_text())
    assert [entry["instruction"] for entry in responses] == [entry["instruction"] for entry in entries[17:19]]
    assert all(isinstance(entry["model_response"], str) for entry in responses)
    assert not [name for name in load_model(result["model"]).state_dict() if "lora" in name]


def test_a_run_that_was_stopped_while_it_responded_only_responds(place: Path, capsys: Capture) -> None:
    write_instructions(place)
    words = ["instruct", "instructions.json", *QUICK, "--context-length", 64, "--max-new-tokens", 5]
    first = done(*words, capsys=capsys)
    for name in ("result.json", "responses.json", "checkpoint.pth"):
        Path("runs/instruct", name).unlink()
    second = done(*words, capsys=capsys)
    assert not Path("runs/instruct/checkpoint.pth").exists()
    assert first | {"seconds_of_responses": 0} == second | {"seconds_of_responses": 0}


# -- evaluate ----------------------------------------------------------------------------------------------------------


def test_the_loss_of_a_text_is_the_mean_over_all_its_tokens_but_the_first(place: Path, capsys: Capture) -> None:
    text = write_text(place)
    model = a_model(place / "model.safetensors")
    ids = gpt2_tokenizer().encode(text.read_text())
    losses = []
    for start in range(0, len(ids) - 1, 16):
        part = ids[start : start + 17]
        probas = torch.log_softmax(model(torch.tensor([part[:-1]]))[0], dim=-1)
        losses += [-probas[place, token].item() for place, token in enumerate(part[1:])]
    for batch_size in (1, 3):
        result = done("evaluate", "model.safetensors", "text.txt", "--batch-size", batch_size, capsys=capsys)
        assert result["tokens"] == len(losses) == len(ids) - 1
        assert result["loss"] == pytest.approx(sum(losses) / len(losses), rel=1e-5)
        assert result["perplexity"] == pytest.approx(math.exp(result["loss"]))


@pytest.mark.parametrize("words", [1, 2, 16, 17, 40])
def test_a_text_of_any_length_has_a_loss(words: int, place: Path, capsys: Capture) -> None:
    (place / "text.txt").write_text(" red" * (words + 1))
    a_model(place / "model.safetensors")
    assert done("evaluate", "model.safetensors", "text.txt", capsys=capsys)["tokens"] == words


@pytest.fixture
def judge() -> Iterator[str]:
    server = subprocess.Popen(
        [sys.executable, str(ROOT / "tests/reference/local_chat_server.py")], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout
    yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
    server.kill()
    server.wait()


def test_a_judge_scores_responses_and_is_not_asked_again_for_what_it_said(
    judge: str, place: Path, capsys: Capture
) -> None:
    entries = [{"instruction": f"Say {n}.", "output": str(n), "model_response": f"It is {n}."} for n in range(3)]
    Path("responses.json").write_text(json.dumps(entries))
    words = ["evaluate", "responses.json", "--url", f"{judge}/plain/jobs/api/chat", "--judge-model", "say 70"]
    result = done(*words, capsys=capsys)
    assert (result["entries"], result["scored"], result["mean_score"]) == (3, 3, 70)
    file = Path(result["judgements"])
    content = json.loads(file.read_text())
    assert [judgement["score"] for judgement in content["judgements"]] == [70, 70, 70]
    content["judgements"][0]["score"], content["judgements"][1]["score"] = 10, None
    file.write_text(json.dumps(content))
    assert done(*words, capsys=capsys)["mean_score"] == 50  # 10 as it stands, 70 asked for again, 70


def test_without_a_judge_there_is_a_sentence(place: Path, capsys: Capture) -> None:
    Path("responses.json").write_text(json.dumps([{"instruction": "a", "output": "b", "model_response": "c"}]))
    assert "no server runs at" in refused("evaluate", "responses.json", "--url", "http://127.0.0.1:9", capsys=capsys)


# -- convert -----------------------------------------------------------------------------------------------------------


def test_weights_go_through_all_layouts_and_stay_what_they_are(place: Path, capsys: Capture) -> None:
    model = a_model(place / "first.safetensors", qkv_bias=True)
    route = ["first.safetensors", "second.pth", "third", "fourth.safetensors"]
    for source, target in itertools.pairwise(route):
        done("convert", source, target, capsys=capsys)
    idx = text_to_token_ids("Hello there", gpt2_tokenizer())
    assert torch.equal(load_model("fourth.safetensors")(idx), model(idx))
    assert torch.equal(load_huggingface("third").eval()(idx), model(idx))


def test_a_bare_state_dict_as_the_guide_saves_it_is_read_with_the_number_of_heads(place: Path, capsys: Capture) -> None:
    model = a_model(place / "model.safetensors", qkv_bias=True)
    torch.save(model.state_dict(), "bare.pth")
    done("convert", "bare.pth", "new.safetensors", "--n-heads", 2, capsys=capsys)
    idx = text_to_token_ids("Hello there", gpt2_tokenizer())
    assert torch.equal(load_model("new.safetensors")(idx), model(idx))


def test_a_huggingface_file_is_read_with_the_config_beside_it(place: Path, capsys: Capture) -> None:
    model = a_model(place / "model.safetensors", tie_weights=True)
    save_huggingface(model, "theirs")
    text = done("generate", "model.safetensors", "Hello", capsys=capsys)["text"]
    for source in ("theirs", "theirs/model.safetensors"):
        assert done("generate", source, "Hello", capsys=capsys)["text"] == text


@pytest.mark.slow
def test_openais_layout_goes_both_ways(place: Path, capsys: Capture) -> None:
    pytest.importorskip("tensorflow", reason="OpenAI's checkpoints are read with tensorflow")
    model = a_model(place / "model.safetensors", tie_weights=True, qkv_bias=True)
    done("convert", "model.safetensors", "theirs", "--layout", "openai", capsys=capsys)
    done("convert", "theirs", "back.safetensors", capsys=capsys)
    idx = text_to_token_ids("Hello there", gpt2_tokenizer())
    assert torch.equal(load_model("back.safetensors")(idx), model(idx))
