"""Instructions: layouts, files, batches, what the loss sees of them, training, and the responses of the result."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.checkpoint import load_checkpoint, save_checkpoint
from reference.config import GPTConfig
from reference.generate import generate
from reference.instruct import (
    Answered,
    InstructionDataset,
    create_instruction_loader,
    custom_collate_fn,
    extract_response,
    format_input,
    format_response,
    generate_responses,
    read_instructions,
    split_instructions,
    write_responses,
)
from reference.model import GPTModel
from reference.pretrain import Recipe, TrainingState, calc_loss_batch, train_model
from reference.prompts import STYLES
from reference.tokenizer import END_OF_TEXT_ID, gpt2_tokenizer

DATA = Path(__file__).parents[3] / "shared/data/instruction-data.json"
needs_data = pytest.mark.skipif(not DATA.is_file(), reason="needs ../shared/data/instruction-data.json")

SPELL = {
    "instruction": "Identify the correct spelling of the following word.",
    "input": "Ocassion",
    "output": "The correct spelling is 'Occasion'.",
}
OPPOSITE = {"instruction": "What is the opposite of 'hot'?", "input": "", "output": "It is 'cold'."}
ALPACA = (
    "Below is an instruction that describes a task. "
    "Write a response that appropriately completes the request.\n\n"
    "### Instruction:\nIdentify the correct spelling of the following word.\n\n"
    "### Input:\nOcassion"
)
PAD = 256


class Bytes:
    """A tokenizer with an id for each byte; 256 is left for padding."""

    def encode(self, text: str) -> list[int]:
        return list(text.encode())

    def decode(self, ids: list[int]) -> str:
        return bytes(ids).decode(errors="replace")


def small_model(seed: int = 0, context_length: int = 256, **more: Any) -> GPTModel:
    torch.manual_seed(seed)
    shape = GPTConfig(257, context_length, emb_dim=32, n_heads=2, n_layers=2, drop_rate=0.0)
    return GPTModel(replace(shape, **more))


def short(count: int) -> list[dict[str, str]]:
    """Entries that a tiny model can learn: repeat a letter."""
    return [
        {"instruction": f"Say {letter}", "input": "", "output": letter * 3}
        for letter in "abcdefghijklmnopqrstuvwxyz"[:count]
    ]


def test_the_alpaca_prompt_has_the_sentence_the_instruction_and_the_input() -> None:
    assert format_input(SPELL) == ALPACA


@pytest.mark.parametrize("entry", [OPPOSITE, {"instruction": OPPOSITE["instruction"]}])
def test_without_an_input_its_headline_is_left_out(entry: dict[str, str]) -> None:
    assert format_input(entry).endswith("### Instruction:\nWhat is the opposite of 'hot'?")
    assert format_input(entry, style="phi3") == "<|user|>\nWhat is the opposite of 'hot'?"


def test_the_phi3_prompt_puts_the_input_on_a_line_of_its_own() -> None:
    assert format_input(SPELL, style="phi3") == f"<|user|>\n{SPELL['instruction']}\nOcassion"


def test_the_headline_of_the_response_is_no_part_of_the_prompt() -> None:
    assert "### Response" not in format_input(SPELL)
    assert "<|assistant|>" not in format_input(SPELL, style="phi3")
    assert format_response("Yes", "alpaca") == "\n\n### Response:\nYes"
    assert format_response("Yes", "phi3") == "\n<|assistant|>:\nYes"


def test_a_style_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(ValueError, match="no prompt style 'chatml'; there are 'alpaca', 'phi3'"):
        format_input(SPELL, style="chatml")


@settings(deadline=None)
@given(st.text(min_size=1).filter(str.strip), st.text(), st.text(), st.sampled_from(sorted(STYLES)), st.booleans())
def test_the_response_is_found_again_whatever_prompt_and_response_hold(
    instruction: str, given_input: str, output: str, style: str, headline_in_prompt: bool
) -> None:
    prompt = format_input({"instruction": instruction, "input": given_input}, style)
    generated = prompt + format_response(output, style)
    given_to_model = prompt + format_response("", style) if headline_in_prompt else prompt
    headlines = tuple(layout.response.strip().rstrip(":") for layout in STYLES.values())
    if not output.strip().startswith((*headlines, ":")):
        assert extract_response(generated, given_to_model) == output.strip()


def test_a_headline_without_its_colon_is_taken_off_too() -> None:
    assert extract_response("<|user|>\nHi\n<|assistant|>\nHello", "<|user|>\nHi") == "Hello"


def test_a_text_that_does_not_go_on_from_the_prompt_is_refused() -> None:
    with pytest.raises(ValueError, match="does not begin with its prompt; it begins with 'Once upon'"):
        extract_response("Once upon", "Below is")


@needs_data
def test_the_data_of_the_guide_has_1100_entries_split_into_935_110_and_55() -> None:
    entries = read_instructions(DATA)
    train, validation, test = split_instructions(entries)
    assert (len(entries), len(train), len(test), len(validation)) == (1100, 935, 110, 55)
    assert [*train, *test, *validation] == entries


def test_entries_are_not_shuffled_training_comes_first_and_test_before_validation() -> None:
    train, validation, test = split_instructions(range(1100))
    assert (train, test, validation) == ([*range(935)], [*range(935, 1045)], [*range(1045, 1100)])


@pytest.mark.parametrize("shares", [(1.1, 0.0), (-0.1, 0.5), (0.8, 0.3), (float("nan"), 0.1)])
def test_shares_that_are_none_are_refused(shares: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="each is from 0 to 1, and so is their sum"):
        split_instructions([SPELL], *shares)


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ([SPELL, {"instruction": "Do"}], "entry 1 has no 'output'; it has 'instruction'"),
        ([SPELL, SPELL, {}], "entry 2 has no 'instruction'; it has nothing at all"),
        ([{**SPELL, "output": 7}], "entry 0 has 7 as 'output'; it is text"),
        ([{**SPELL, "input": None}], "entry 0 has None as 'input'; it is text"),
        ([SPELL, "Do"], "entry 1 is of type str; it is an object with instruction and output"),
        ([{**SPELL, "instruction": " \n"}], "entry 0 has an empty instruction"),
    ],
)
def test_a_bad_entry_is_named_by_its_index(tmp_path: Path, entries: list[Any], told: str) -> None:
    path = tmp_path / "data.json"
    path.write_text(json.dumps(entries))
    with pytest.raises(ValueError, match=told):
        read_instructions(path)
    with pytest.raises(ValueError, match=told):
        InstructionDataset(entries, Bytes())


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is no JSON: Expecting value: line 1"),
        (b'[{"instruction": "Do",]', "is no JSON: .*line 1 column 23"),
        (b"[" * 100_000, "is no JSON: maximum recursion depth"),
        (b'{"instruction": "Do", "output": ""}', "holds a JSON dict; it is a list of entries"),
        (b"[]", "holds an empty list; at least 1 entry is needed"),
        (b"\xff\xfe[\x00", "is not UTF-8 text"),
    ],
)
def test_a_file_that_is_no_list_of_entries_is_refused_in_a_sentence(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "data.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=told):
        read_instructions(path)


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.json"):
        read_instructions(tmp_path / "none.json")


def test_an_item_is_prompt_and_response_in_one_and_masked_items_know_how_long_the_prompt_is() -> None:
    tokenizer = gpt2_tokenizer()
    dataset = InstructionDataset([OPPOSITE, SPELL], tokenizer)
    assert len(dataset) == 2
    assert tokenizer.decode(dataset[1]) == f"{ALPACA}\n\n### Response:\n{SPELL['output']}"  # type: ignore[arg-type]
    assert dataset[-1] == dataset[1]
    masked = InstructionDataset([OPPOSITE, SPELL], tokenizer, mask_instruction=True)
    length, ids = masked[1]
    assert ids == dataset[1]
    assert tokenizer.decode(ids[:length]) == ALPACA  # type: ignore[index, misc]
    with pytest.raises(IndexError):
        dataset[2]


def test_phi3_items_hold_the_marker_that_is_extracted_later() -> None:
    tokenizer = gpt2_tokenizer()
    text = tokenizer.decode(InstructionDataset([SPELL], tokenizer, style="phi3")[0])  # type: ignore[arg-type]
    assert extract_response(text, format_input(SPELL, "phi3")) == SPELL["output"]


def test_end_of_text_within_an_entry_is_only_a_word() -> None:
    ids = InstructionDataset([{**OPPOSITE, "output": "a <|endoftext|> b"}], gpt2_tokenizer())[0]
    assert END_OF_TEXT_ID not in ids


def test_inputs_lack_the_last_token_and_targets_the_first() -> None:
    inputs, targets = custom_collate_fn([[0, 1, 2, 3, 4], [5, 6], [7, 8, 9]])
    assert inputs.tolist() == [[0, 1, 2, 3, 4], [5, 6, 50256, 50256, 50256], [7, 8, 9, 50256, 50256]]
    assert targets.tolist() == [[1, 2, 3, 4, 50256], [6, 50256, -100, -100, -100], [8, 9, 50256, -100, -100]]
    assert inputs.dtype == targets.dtype == torch.long


def test_instruction_and_input_are_masked_where_their_length_comes_along() -> None:
    _, targets = custom_collate_fn([(3, [10, 11, 12, 13, 14]), (1, [20, 21])])
    # 13 is the first token of the response, 12 the last of the instruction, which is the target of 11.
    assert targets.tolist() == [[-100, -100, 13, 14, 50256], [21, 50256, -100, -100, -100]]


@st.composite
def batches(draw: st.DrawFn) -> list[tuple[int, list[int]]]:
    rows = draw(st.lists(st.lists(st.integers(0, 99), min_size=1, max_size=12), min_size=1, max_size=4))
    return [(draw(st.integers(0, len(row))), row) for row in rows]


@settings(deadline=None)
@given(batches(), st.none() | st.integers(1, 14))
def test_every_target_is_the_next_token_or_masked_for_a_reason(
    batch: list[tuple[int, list[int]]], allowed: int | None
) -> None:
    inputs, targets = custom_collate_fn(batch, pad_token_id=100, ignore_index=-1, allowed_max_length=allowed)
    longest = max(len(ids) for _, ids in batch)
    assert inputs.shape == targets.shape == (len(batch), longest if allowed is None else min(allowed, longest))
    for row, (instruction_length, ids) in enumerate(batch):
        padded = ids + [100] * (longest + 1 - len(ids))
        for place in range(inputs.shape[1]):
            assert inputs[row, place] == padded[place]
            learned = instruction_length <= place + 1 <= len(ids) if instruction_length else place + 1 <= len(ids)
            assert targets[row, place] == (padded[place + 1] if learned else -1)


def test_padding_and_masked_tokens_add_nothing_to_the_loss() -> None:
    model = small_model().eval()
    short_entry, long_entry = list(b"short"), list(b"a good deal longer")
    collate = partial(custom_collate_fn, pad_token_id=PAD)
    losses = []
    for entry in (short_entry, long_entry):
        inputs, targets = collate([entry])
        losses.append(calc_loss_batch(inputs, targets, model, "cpu").item() * targets.numel())
    inputs, targets = collate([short_entry, long_entry])
    together = calc_loss_batch(inputs, targets, model, "cpu").item()
    assert together == pytest.approx(sum(losses) / (len(short_entry) + len(long_entry)), rel=1e-5)


def test_the_original_batch_is_left_as_it_was() -> None:
    batch = [[1, 2, 3], [4]]
    custom_collate_fn(batch, allowed_max_length=2)
    assert batch == [[1, 2, 3], [4]]


def test_room_for_no_token_is_refused() -> None:
    with pytest.raises(ValueError, match="allowed_max_length is 0; a row has room for at least 1 token"):
        custom_collate_fn([[1]], allowed_max_length=0)


def test_a_loader_gives_batches_as_long_as_their_longest_entry_and_the_same_order_for_the_same_seed() -> None:
    def shapes_and_ids(seed: int) -> list[list[list[int]]]:
        loader = create_instruction_loader(short(10), Bytes(), batch_size=4, seed=seed)
        return [inputs.tolist() for inputs, _ in loader]

    assert [len(batch) for batch in shapes_and_ids(1)] == [4, 4]  # 10 entries: the incomplete batch is left out
    assert shapes_and_ids(1) == shapes_and_ids(1)
    assert shapes_and_ids(1) != shapes_and_ids(2)
    lengths = InstructionDataset([OPPOSITE, SPELL], Bytes())
    loader = create_instruction_loader([OPPOSITE, SPELL], Bytes(), batch_size=1, shuffle=False, drop_last=False)
    assert [inputs.shape[1] for inputs, _ in loader] == [len(lengths[0]), len(lengths[1])]


def test_entries_with_nothing_left_to_learn_are_left_out_of_a_masked_loader() -> None:
    long_prompt = {"instruction": "x" * 500, "input": "", "output": "y"}
    loader = create_instruction_loader(
        [OPPOSITE, long_prompt, SPELL], Bytes(), 1, mask_instruction=True, allowed_max_length=300, shuffle=False
    )
    batches = list(loader)
    assert len(batches) == len(loader.dataset) == 2  # type: ignore[arg-type]
    assert all((targets != -100).any() for _, targets in batches)
    with pytest.raises(ValueError, match="none of 1 entries has anything to learn within an allowed_max_length of 300"):
        create_instruction_loader([long_prompt], Bytes(), 1, mask_instruction=True, allowed_max_length=300)
    with pytest.raises(ValueError, match=r"none of 0 entries has anything to learn$"):
        create_instruction_loader([], Bytes())


def test_a_dataset_takes_about_four_bytes_a_token() -> None:
    data = [{"instruction": "i" * 150, "input": "n" * 50, "output": "o" * 220}] * 500
    tracemalloc.start()
    dataset = InstructionDataset(data, Bytes(), mask_instruction=True)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 6 * len(dataset) * len(dataset[0][1])  # type: ignore[arg-type]


def test_worker_processes_give_the_same_batches() -> None:
    one = create_instruction_loader(short(8), Bytes(), 4, seed=3)
    two = create_instruction_loader(short(8), Bytes(), 4, seed=3, num_workers=1)
    for (inputs, targets), (others, other_targets) in zip(one, two, strict=True):
        assert inputs.equal(others)
        assert targets.equal(other_targets)


def trained(model: GPTModel, epochs: int, on_save: Any = None, state: TrainingState | None = None, **more: Any) -> Any:
    loader = create_instruction_loader(
        short(8), Bytes(), 4, style="phi3", mask_instruction=True, seed=5, pad_token_id=PAD
    )
    optimizer = more.pop("optimizer", None) or torch.optim.AdamW(model.parameters(), lr=3e-3)
    recipe = Recipe(num_epochs=epochs, eval_freq=10, eval_iter=2, **more)
    return train_model(model, loader, loader, optimizer, "cpu", recipe, state=state, save=on_save)


@pytest.fixture(scope="module")
def taught() -> GPTModel:
    """A model that was taught to repeat eight letters."""
    model = small_model(context_length=64)
    trained(model, epochs=80)
    return model.eval()


def test_the_loop_of_pretraining_teaches_instructions_and_the_loss_falls() -> None:
    state = trained(small_model(context_length=64), epochs=20)
    assert state.train_losses[-1] < 0.5 * state.train_losses[0]


def test_a_training_that_was_stopped_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    whole = small_model(context_length=64, drop_rate=0.1)
    torch.manual_seed(9)
    trained(whole, epochs=3)

    path, half = tmp_path / "half.pth", small_model(context_length=64, drop_rate=0.1)
    optimizer = torch.optim.AdamW(half.parameters(), lr=3e-3)

    def save_and_stop(state: TrainingState) -> None:
        save_checkpoint(path, half, optimizer, state)
        raise KeyboardInterrupt

    torch.manual_seed(9)
    with pytest.raises(KeyboardInterrupt):
        trained(half, epochs=3, on_save=save_and_stop, save_freq=3, optimizer=optimizer)
    resumed = small_model(seed=1, context_length=64, drop_rate=0.1)
    optimizer = torch.optim.AdamW(resumed.parameters(), lr=3e-3)
    state = load_checkpoint(path, resumed, optimizer)
    assert state.step == 3
    trained(resumed, epochs=3, state=state, optimizer=optimizer)
    for expected, found in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert expected.equal(found)


def test_responses_are_those_of_one_by_one_in_the_order_of_the_entries(taught: GPTModel) -> None:
    entries = [
        {"instruction": "Say b", "input": "", "output": "", "kept": 1},
        {"instruction": "Say it once more", "input": "a"},
        {"instruction": "Say h"},
        {"instruction": "Say e"},
    ]
    options: dict[str, Any] = {"style": "phi3", "max_new_tokens": 8, "eos_id": PAD}
    answered = generate_responses(taught, Bytes(), entries, batch_size=3, **options)
    assert [entry["instruction"] for entry in answered] == [entry["instruction"] for entry in entries]
    assert [answered[place]["model_response"] for place in (0, 2, 3)] == ["bbb", "hhh", "eee"]
    assert answered[0]["kept"] == 1
    assert "model_response" not in entries[0]
    for entry, answer in zip(entries, answered, strict=True):
        prompt = format_input(entry, "phi3") + format_response("", "phi3")
        alone = generate(taught, torch.tensor([Bytes().encode(prompt)]), 8, 64, eos_id=PAD)[0].tolist()
        assert answer["model_response"] == Bytes().decode(alone[len(prompt) :]).strip()


def test_prompts_of_different_lengths_do_not_disturb_each_other() -> None:
    model = small_model(seed=4)  # with random weights, where any difference would show
    entries = [{"instruction": text} for text in ("Say a", "Say what you think of that", "So?", "Write a long poem")]
    together, alone = (
        generate_responses(model, Bytes(), entries, style="phi3", max_new_tokens=12, eos_id=PAD, batch_size=size)
        for size in (4, 1)
    )
    assert together == alone
    assert len({entry["model_response"] for entry in together}) > 1


def test_progress_counts_entries_and_tokens(taught: GPTModel) -> None:
    heard: list[Answered] = []
    entries = [{"instruction": f"Say {letter}"} for letter in "abcde"]
    generate_responses(
        taught, Bytes(), entries, style="phi3", max_new_tokens=8, eos_id=PAD, batch_size=2, on_progress=heard.append
    )
    assert [answered.done for answered in heard] == [2, 4, 5]
    assert heard[-1] == Answered(done=5, entries=5, tokens=15)


def test_a_prompt_longer_than_the_context_is_answered_from_its_end(taught: GPTModel) -> None:
    entry = {"instruction": "x" * 200 + " Say c"}
    (answer,) = generate_responses(taught, Bytes(), [entry], style="phi3", max_new_tokens=4, eos_id=PAD)
    assert isinstance(answer["model_response"], str)


def test_generation_keeps_the_models_mode_and_is_repeatable_with_a_seed(taught: GPTModel) -> None:
    taught.train()
    runs = [
        generate_responses(
            taught, Bytes(), [{"instruction": "Say z"}], max_new_tokens=8, eos_id=PAD, temperature=2.0, seed=seed
        )
        for seed in (1, 1, 2)
    ]
    assert taught.training
    assert runs[0] == runs[1] != runs[2]


@pytest.mark.parametrize(
    ("entries", "options", "told"),
    [
        ([OPPOSITE, {"output": "x"}], {}, "entry 1 has no 'instruction'"),
        ([OPPOSITE], {"batch_size": 0}, "batch_size is 0"),
        ([OPPOSITE], {"temperature": -1.0}, "temperature is -1.0"),
        ([OPPOSITE], {"style": "llama"}, "no prompt style 'llama'"),
    ],
)
def test_responses_cannot_be_had_with_bad_entries_or_settings(
    taught: GPTModel, entries: list[dict[str, str]], options: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        generate_responses(taught, Bytes(), entries, eos_id=PAD, **options)


def test_no_entries_have_no_responses(taught: GPTModel) -> None:
    assert generate_responses(taught, Bytes(), []) == []


def test_responses_are_stored_as_a_list_that_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "instruction-data-with-response.json"
    answered = [{**SPELL, "model_response": "It is «Occasion», \N{SLIGHTLY SMILING FACE}"}]
    write_responses(answered, path)
    assert isinstance(json.loads(path.read_text()), list)
    assert read_instructions(path) == answered
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@needs_data
@pytest.mark.slow
def test_a_tiny_model_learns_from_the_guides_instructions() -> None:
    tokenizer = gpt2_tokenizer()
    train, validation, _ = split_instructions(read_instructions(DATA))
    torch.manual_seed(123)
    model = GPTModel(GPTConfig(context_length=128, emb_dim=32, n_heads=2, n_layers=1, drop_rate=0.0))
    loader = create_instruction_loader(train[:240], tokenizer, 8, allowed_max_length=128)
    held_out = create_instruction_loader(validation, tokenizer, 8, allowed_max_length=128, shuffle=False)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    state = train_model(model, loader, held_out, optimizer, "cpu", Recipe(num_epochs=1, eval_freq=10, eval_iter=2))
    assert state.train_losses[-1] < state.train_losses[0]
    assert state.val_losses[-1] < state.val_losses[0] - 1
