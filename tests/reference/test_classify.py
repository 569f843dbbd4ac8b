"""Spam: reading, balancing and splitting the messages, the classifier's head, loss and accuracy, training and use."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional as F

from reference.checkpoint import load_checkpoint, save_checkpoint, save_model
from reference.classify import (
    Message,
    SpamDataset,
    SpamLoaders,
    add_classification_head,
    calc_accuracy_loader,
    calc_loss_batch,
    calc_loss_loader,
    classify_review,
    create_balanced_dataset,
    create_spam_loaders,
    evaluate_model,
    first_token_logits,
    freeze_all_but_last,
    last_token_logits,
    last_word_logits,
    load_classifier,
    random_split,
    read_messages,
    save_classifier,
    train_classifier,
    train_classifier_simple,
    write_csv,
)
from reference.config import GPTConfig
from reference.model import GPTModel
from reference.pretrain import Recipe, TrainingState
from reference.tokenizer import END_OF_TEXT_ID, gpt2_tokenizer

DATA = Path(__file__).parents[3] / "shared/data/SMSSpamCollection.tsv"
needs_data = pytest.mark.skipif(not DATA.is_file(), reason="needs ../shared/data/SMSSpamCollection.tsv")
PAD = 256
TINY = GPTConfig(vocab_size=257, context_length=32, emb_dim=32, n_heads=2, n_layers=2, drop_rate=0.0)


class Bytes:
    """A tokenizer with an id for each byte; 256 is left for padding."""

    def encode(self, text: str) -> list[int]:
        return list(text.encode())

    def decode(self, ids: list[int]) -> str:
        return bytes(ids).decode(errors="replace")


def small_model(seed: int = 0, **more: Any) -> GPTModel:
    torch.manual_seed(seed)
    return GPTModel(replace(TINY, **more))


def small_classifier(seed: int = 0, **more: Any) -> GPTModel:
    model = small_model(seed, **more)
    add_classification_head(model)
    return model


def made_up(count: int) -> list[Message]:
    """Half of them promise money."""
    return [
        Message("spam", f"win {number} now") if number % 2 else Message("ham", f"see you at {number}")
        for number in range(count)
    ]


def made_up_loaders(seed: int = 123) -> SpamLoaders:
    return create_spam_loaders(*random_split(made_up(60), 0.7, 0.1), Bytes(), 4, seed=seed, pad_token_id=PAD)


# Rows of token ids


@needs_data
def test_the_longest_training_message_of_the_guides_split_has_120_tokens() -> None:
    parts = random_split(create_balanced_dataset(read_messages(DATA)), 0.7, 0.1)
    loaders = create_spam_loaders(*parts, gpt2_tokenizer())
    assert loaders.max_length == 120
    inputs, labels = next(iter(loaders.train))
    assert (inputs.shape, labels.shape) == ((8, 120), (8,))
    assert [len(part) for part in (loaders.train, loaders.validation, loaders.test)] == [130, 19, 38]


def test_messages_are_padded_to_the_longest_and_carry_their_class(tmp_path: Path) -> None:
    messages = [Message("ham", "abc"), Message("spam", "defgh"), Message("ham", "")]
    write_csv(messages, tmp_path / "train.csv")
    dataset = SpamDataset(tmp_path / "train.csv", Bytes(), pad_token_id=PAD)
    assert (len(dataset), dataset.max_length) == (3, 5)
    assert [ids.tolist() for ids, _ in (dataset[place] for place in range(3))] == [
        [97, 98, 99, PAD, PAD],
        [100, 101, 102, 103, 104],
        [PAD] * 5,
    ]
    labels = [dataset[place][1] for place in range(3)]
    assert [int(label) for label in labels] == [0, 1, 0]
    assert dataset[0][0].dtype == labels[0].dtype == torch.long
    assert labels[0].shape == ()


def test_a_given_length_pads_further_or_cuts() -> None:
    messages = [Message("ham", "ab"), Message("spam", "cdefg")]
    for length, rows in ((3, [[97, 98, 9], [99, 100, 101]]), (6, [[97, 98, 9, 9, 9, 9], [99, 100, 101, 102, 103, 9]])):
        dataset = SpamDataset(messages, Bytes(), max_length=length, pad_token_id=9)
        assert dataset.inputs.tolist() == rows


def test_padding_is_end_of_text_and_end_of_text_in_a_message_is_only_a_word() -> None:
    dataset = SpamDataset([Message("spam", "<|endoftext|>"), Message("ham", "see you")], gpt2_tokenizer())
    assert END_OF_TEXT_ID not in dataset[0][0]
    assert dataset[1][0].tolist()[-1] == END_OF_TEXT_ID


def test_validation_and_test_messages_are_padded_and_cut_to_the_longest_training_message() -> None:
    loaders = create_spam_loaders(
        [Message("ham", "abcd")], [Message("spam", "abcdefgh")], [Message("ham", "a")], Bytes(), batch_size=1
    )
    assert [next(iter(part))[0].shape for part in (loaders.train, loaders.validation, loaders.test)] == [(1, 4)] * 3


def test_training_messages_come_in_an_order_of_the_seed_and_the_others_in_their_own() -> None:
    def order(seed: int) -> tuple[list[Any], list[Any]]:
        loaders = made_up_loaders(seed=seed)
        return [ids.tolist() for ids, _ in loaders.train], [ids.tolist() for ids, _ in loaders.test]

    assert order(1) == order(1)
    assert order(1)[0] != order(2)[0]
    assert order(1)[1] == order(2)[1]


def test_no_messages_and_no_room_are_refused() -> None:
    with pytest.raises(ValueError, match="there are no messages; a dataset needs at least 1"):
        SpamDataset([], Bytes())
    with pytest.raises(ValueError, match="max_length is 0; a message has room for at least 1 token"):
        SpamDataset(made_up(2), Bytes(), max_length=0)


# The head, and what is trained


def test_the_head_scores_two_classes_and_nothing_else_changes() -> None:
    model = small_model()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert add_classification_head(model, num_classes=2) is None
    assert (model.out_head.in_features, model.out_head.out_features) == (32, 2)
    assert all(parameter.requires_grad for parameter in model.parameters())
    after = model.state_dict()
    assert all(after[name].equal(before[name]) for name in before if not name.startswith("out_head"))
    assert model(torch.zeros(3, 7, dtype=torch.long)).shape == (3, 7, 2)


def test_a_tied_head_leaves_the_token_embedding_behind() -> None:
    model = small_model(tie_weights=True)
    add_classification_head(model, num_classes=3)
    assert model.tok_emb.weight.shape == (257, 32)
    assert model(torch.zeros(1, 1, dtype=torch.long)).shape == (1, 1, 3)
    assert not model.cfg.tie_weights


def test_a_head_has_the_type_of_the_model() -> None:
    model = small_model().to(torch.bfloat16)
    add_classification_head(model)
    assert model.out_head.weight.dtype == torch.bfloat16


def test_one_class_is_none() -> None:
    with pytest.raises(ValueError, match="num_classes is 1; telling apart takes at least 2"):
        add_classification_head(small_model(), num_classes=1)


def one_step(model: GPTModel) -> dict[str, bool]:
    """Which parameters a training step moves."""
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    inputs, targets = next(iter(made_up_loaders().train))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.0)
    calc_loss_batch(inputs, targets, model, "cpu").backward()
    optimizer.step()
    return {name: not value.equal(before[name]) for name, value in model.named_parameters()}


@pytest.mark.parametrize("head_first", [True, False])
def test_the_guides_way_trains_head_last_block_and_final_norm_only(head_first: bool) -> None:
    model = small_model(qkv_bias=True)
    if head_first:
        add_classification_head(model)
        freeze_all_but_last(model)
    else:
        freeze_all_but_last(model)
        add_classification_head(model)
    trained = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert trained == {
        name for name, _ in model.named_parameters() if re.match(r"out_head|trf_blocks\.1|final_norm", name)
    }
    moved = one_step(model)
    # A bias of the keys adds the same to all scores of a row, so it has no gradient but for rounding.
    assert {name for name in moved if moved[name]} | {"trf_blocks.1.att.W_key.bias"} == trained


def test_without_freezing_a_step_moves_every_parameter() -> None:
    assert all(one_step(small_classifier()).values())


def test_more_or_fewer_blocks_can_be_trained_but_not_more_than_there_are() -> None:
    model = small_classifier()
    for blocks, trained in ((0, set()), (1, {"1"}), (2, {"0", "1"})):
        freeze_all_but_last(model, blocks)
        names = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
        assert {name.split(".")[1] for name in names if name.startswith("trf_blocks")} == trained
    for blocks in (3, -1):
        with pytest.raises(ValueError, match=f"blocks is {blocks}; the model has 2, so it is from 0 to 2"):
            freeze_all_but_last(model, blocks)


# Which token speaks for a message


def test_the_last_place_speaks_and_the_first_has_seen_one_token() -> None:
    model = small_classifier().eval()
    batch = torch.randint(0, 257, (4, 9))
    logits = model(batch)
    assert last_token_logits(model, batch).allclose(logits[:, -1], atol=1e-6)
    assert first_token_logits(model, batch).allclose(logits[:, 0], atol=1e-6)
    changed = torch.cat([batch[:, :1], (batch[:, 1:] + 1) % 257], dim=1)
    assert first_token_logits(model, changed).equal(first_token_logits(model, batch))
    assert not last_token_logits(model, changed).allclose(last_token_logits(model, batch))


def test_the_last_word_is_that_of_the_message_without_its_padding() -> None:
    model = small_classifier().eval()
    messages = [[1, 2, 3], [4], [5, PAD, 6, 7, 8], []]
    batch = torch.tensor([ids + [PAD] * (9 - len(ids)) for ids in messages])
    logits = last_word_logits(model, batch, pad_token_id=PAD)
    for row, ids in zip(logits, messages, strict=True):
        assert row.allclose(model(torch.tensor([ids or [PAD]]))[0, -1], atol=1e-6)


def test_any_module_that_scores_places_can_be_a_classifier() -> None:
    scores = torch.nn.Embedding(10, 2)
    batch = torch.tensor([[1, 2], [3, 4]])
    assert last_token_logits(scores, batch).equal(scores(torch.tensor([2, 4])))
    assert first_token_logits(scores, batch).equal(scores(torch.tensor([1, 3])))


# Loss and accuracy


class Fixed(torch.nn.Module):
    """Its logits for a message are its last id as spam, and 2 as ham."""

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return torch.stack([torch.full_like(ids, 2), ids], dim=-1).float()


BATCHES = [(torch.tensor([[0, 1], [0, 3]]), torch.tensor([0, 1])), (torch.tensor([[9, 5]]), torch.tensor([0]))]


def test_the_loss_is_the_cross_entropy_of_the_last_place() -> None:
    expected = [F.cross_entropy(torch.tensor([[2.0, 1], [2, 3]]), torch.tensor([0, 1])).item(), math.log(1 + math.e**3)]
    losses = [calc_loss_batch(inputs, targets, Fixed(), "cpu").item() for inputs, targets in BATCHES]
    assert losses == pytest.approx(expected)
    assert calc_loss_loader(BATCHES, Fixed(), "cpu") == pytest.approx(sum(expected) / 2)
    assert calc_loss_loader(BATCHES, Fixed(), "cpu", num_batches=1) == pytest.approx(expected[0])


def test_the_accuracy_is_a_share_of_messages_and_no_percentage() -> None:
    assert calc_accuracy_loader(BATCHES, Fixed(), "cpu") == pytest.approx(2 / 3)
    assert calc_accuracy_loader(BATCHES, Fixed(), "cpu", num_batches=1) == 1.0
    assert calc_accuracy_loader(BATCHES, Fixed(), "cpu", logits_of=first_token_logits) == pytest.approx(1 / 3)


def test_what_was_not_measured_is_not_a_number() -> None:
    assert math.isnan(calc_loss_loader([], Fixed(), "cpu"))
    assert math.isnan(calc_accuracy_loader([], Fixed(), "cpu"))


def test_logits_are_no_probabilities() -> None:
    logits = last_token_logits(small_classifier(), torch.zeros(4, 3, dtype=torch.long))
    assert logits.shape == (4, 2)
    assert not logits.sum(dim=-1).allclose(torch.ones(4))


def test_measuring_is_without_dropout_and_leaves_the_models_mode_and_gradients() -> None:
    model, loader = small_classifier(drop_rate=0.5), made_up_loaders().train
    model.trf_blocks[0].eval()
    measured = [evaluate_model(model, made_up_loaders().train, loader, "cpu", eval_iter=2)[0] for _ in range(2)]
    assert measured[0] == measured[1]
    modes: list[bool] = []

    def logits_of(model: torch.nn.Module, batch: torch.Tensor) -> torch.Tensor:
        modes.append(model.training)
        return last_token_logits(model, batch)

    calc_accuracy_loader(loader, model, "cpu", num_batches=2, logits_of=logits_of)
    assert modes == [False, False]
    assert model.training
    assert not model.trf_blocks[0].training
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_row_longer_than_the_models_context_is_refused_in_a_sentence() -> None:
    inputs = SpamDataset([Message("ham", "x" * 40)], Bytes()).inputs
    with pytest.raises(ValueError, match="a row has 40 tokens; the context length allows at most 32"):
        last_token_logits(small_classifier(), inputs)


# Training


def test_the_simple_loop_learns_and_reports_losses_accuracies_and_messages(capsys: pytest.CaptureFixture[str]) -> None:
    loaders, model = made_up_loaders(), small_classifier()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    train_losses, val_losses, train_accs, val_accs, examples_seen = train_classifier_simple(
        model, loaders.train, loaders.validation, optimizer, "cpu", num_epochs=6, eval_freq=5, eval_iter=2
    )
    # 42 messages in batches of 4: 10 steps and 40 messages an epoch.
    assert len(train_losses) == len(val_losses) == 12
    assert len(train_accs) == len(val_accs) == 6
    assert examples_seen == 240
    assert train_losses[-1] < 0.3 * train_losses[0]
    assert calc_accuracy_loader(loaders.test, model, "cpu") > 0.9
    printed = capsys.readouterr().out
    assert "epoch 1, step 5: training loss " in printed
    assert re.search(r"epoch 6: training accuracy 100\.00%, validation accuracy \d+\.\d\d%", printed)


def run(model: GPTModel, optimizer: torch.optim.Optimizer, save: Any = None, state: Any = None) -> TrainingState:
    loaders = made_up_loaders()
    recipe = Recipe(num_epochs=2, eval_freq=5, eval_iter=1, warmup_steps=3, save_freq=0 if save is None else 13)
    return train_classifier(model, loaders.train, loaders.validation, optimizer, "cpu", recipe, save=save, state=state)


def test_a_training_that_was_stopped_goes_on_to_the_same_weights_and_losses(tmp_path: Path) -> None:
    def start(seed: int) -> tuple[GPTModel, torch.optim.Optimizer]:
        model = small_classifier(seed, drop_rate=0.1)
        freeze_all_but_last(model)
        return model, torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-3)

    whole, optimizer = start(0)
    torch.manual_seed(7)
    expected = run(whole, optimizer)

    half, optimizer = start(0)

    def save_and_stop(state: TrainingState) -> None:
        save_checkpoint(tmp_path / "spam.pth", half, optimizer, state)
        raise KeyboardInterrupt

    torch.manual_seed(7)
    with pytest.raises(KeyboardInterrupt):
        run(half, optimizer, save_and_stop)
    resumed, optimizer = start(1)
    state = load_checkpoint(tmp_path / "spam.pth", resumed, optimizer)
    assert state.step == 13
    found = run(resumed, optimizer, state=state)
    assert (found.train_losses, found.val_losses) == (expected.train_losses, expected.val_losses)
    for left, right in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert left.equal(right)


def test_training_hears_which_token_speaks() -> None:
    model, loaders = small_classifier(), made_up_loaders()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    asked: list[torch.Size] = []

    def logits_of(model: torch.nn.Module, batch: torch.Tensor) -> torch.Tensor:
        asked.append(batch.shape)
        return last_word_logits(model, batch, PAD)

    recipe = Recipe(num_epochs=1, eval_freq=10, eval_iter=1)
    train_classifier(model, loaders.train, loaders.validation, optimizer, "cpu", recipe, logits_of=logits_of)
    assert len(asked) == 12  # ten steps, and one batch of each loader at the end


# Use


@pytest.fixture(scope="module")
def spam_filter() -> GPTModel:
    loaders, model = made_up_loaders(), small_classifier()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    recipe = Recipe(num_epochs=8, eval_freq=100, eval_iter=1)
    train_classifier(model, loaders.train, loaders.validation, optimizer, "cpu", recipe)
    return model


def test_a_message_is_spam_or_not_spam_as_the_dataset_would_have_it(spam_filter: GPTModel) -> None:
    loaders = made_up_loaders()
    _, _, test = random_split(made_up(60), 0.7, 0.1)
    answers = [classify_review(m.text, spam_filter, Bytes(), "cpu", loaders.max_length, PAD) for m in test]
    assert set(answers) == {"spam", "not spam"}
    right = sum(answer == {"ham": "not spam", "spam": "spam"}[m.label] for answer, m in zip(answers, test, strict=True))
    assert right / len(test) == calc_accuracy_loader(loaders.test, spam_filter, "cpu") > 0.9


def test_rows_are_padded_to_max_length_by_default_to_the_context_and_never_beyond_it() -> None:
    model, seen = small_classifier(), []

    def logits_of(_: torch.nn.Module, batch: torch.Tensor) -> torch.Tensor:
        seen.append(batch[0].tolist())
        return torch.zeros(1, 2)

    for max_length in (3, 5, None, 99):
        classify_review("abcd", model, Bytes(), "cpu", max_length, PAD, logits_of=logits_of)
    classify_review("y" * 50, model, Bytes(), "cpu", None, PAD, logits_of=logits_of)
    abcd = [97, 98, 99, 100]
    full = abcd + [PAD] * 28  # the context of 32 tokens is not the embedding size, which happens to be 32 as well
    assert seen == [abcd[:3], [*abcd, PAD], full, full, [121] * 32]


def test_the_context_length_is_not_taken_for_the_embedding_size() -> None:
    model = small_classifier(context_length=16)
    assert classify_review("z" * 50, model, Bytes(), "cpu", pad_token_id=PAD) in ("spam", "not spam")


def test_classifying_leaves_the_models_mode(spam_filter: GPTModel) -> None:
    spam_filter.train()
    classify_review("", spam_filter, Bytes(), "cpu", 5, PAD)
    assert spam_filter.training


def test_what_cannot_be_classified_is_said_in_a_sentence(spam_filter: GPTModel) -> None:
    with pytest.raises(TypeError, match="the message is of type bytes; it is a string"):
        classify_review(b"win", spam_filter, Bytes(), "cpu", 5, PAD)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="max_length is 0"):
        classify_review("win", spam_filter, Bytes(), "cpu", 0, PAD)
    with pytest.raises(ValueError, match=r"the model scores 257 classes; spam or not are 2: add_classification_head"):
        classify_review("win", small_model(), Bytes(), "cpu", 5, PAD)
    broken = small_classifier()
    torch.nn.init.constant_(broken.out_head.bias, math.nan)
    with pytest.raises(ValueError, match="the model gives NaN"):
        classify_review("win", broken, Bytes(), "cpu", 5, PAD)


def test_a_stored_classifier_is_read_back_with_its_length(spam_filter: GPTModel, tmp_path: Path) -> None:
    save_classifier(spam_filter, tmp_path / "spam.safetensors", max_length=13)
    loaded, max_length = load_classifier(tmp_path / "spam.safetensors")
    assert (max_length, loaded.cfg, loaded.training) == (13, spam_filter.cfg, False)
    for ids, _ in made_up_loaders().test:
        assert last_token_logits(loaded, ids).equal(last_token_logits(spam_filter, ids))


def test_only_classifiers_are_stored_and_only_with_a_length_that_they_take(tmp_path: Path) -> None:
    path = tmp_path / "spam.safetensors"
    with pytest.raises(ValueError, match="the model has no classification head"):
        save_classifier(small_model(), path, max_length=13)
    with pytest.raises(ValueError, match="max_length is 33; this model takes rows of 1 to 32 tokens"):
        save_classifier(small_classifier(), path, max_length=33)
    assert not path.exists()


def test_a_file_without_a_classifier_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "spam.safetensors"
    with pytest.raises(FileNotFoundError, match=r"spam\.safetensors"):
        load_classifier(path)
    save_model(small_model(), path)
    with pytest.raises(ValueError, match=r"spam\.safetensors holds no classifier; save_classifier writes one"):
        load_classifier(path)
    save_classifier(small_classifier(), path, max_length=13)
    whole = path.read_bytes()
    for content in (b"", whole[:100], whole[:-1], b"\x80\x04pickle"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"spam\.safetensors is no safetensors file, or is cut off"):
            load_classifier(path)
    path.write_bytes(whole.replace(b"n_layers", b"m_layers"))
    with pytest.raises(ValueError, match=r"tells no shape that a classifier can have: .*'m_layers'"):
        load_classifier(path)


@needs_data
@pytest.mark.slow
def test_a_tiny_classifier_beats_chance_by_far_on_messages_that_it_never_saw() -> None:
    parts = random_split(create_balanced_dataset(read_messages(DATA)), 0.7, 0.1)
    loaders = create_spam_loaders(*parts, gpt2_tokenizer(), max_length=48)
    torch.manual_seed(123)
    model = GPTModel(GPTConfig(context_length=48, emb_dim=64, n_heads=4, n_layers=2, drop_rate=0.0))
    add_classification_head(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0.1)
    recipe = Recipe(num_epochs=1, eval_freq=130, eval_iter=5)
    train_classifier(model, loaders.train, loaders.validation, optimizer, "cpu", recipe)
    assert calc_accuracy_loader(loaders.test, model, "cpu") > 0.85
