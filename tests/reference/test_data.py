"""Windows of token ids, from strings and from files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_model import TEXT, TOKENIZER

from reference import data
from reference.data import (
    GPTDatasetV1,
    TokenFile,
    TokenWindows,
    create_dataloader_from_file,
    create_dataloader_v1,
    encode_file,
    encoded,
    split_text,
)
from reference.tokenizer import END_OF_TEXT, encode, gpt2_tokenizer


@given(st.integers(1, 60), st.integers(1, 12), st.integers(1, 12))
def test_windows_are_the_text_from_every_stride_and_targets_one_token_later(
    tokens: int, max_length: int, stride: int
) -> None:
    ids = torch.arange(tokens)
    starts = [start for start in range(0, tokens, stride) if start + max_length < tokens]
    if not starts:
        with pytest.raises(ValueError, match=f"has {tokens} tokens"):
            TokenWindows(ids, max_length, stride)
        return
    windows = TokenWindows(ids, max_length, stride)
    assert len(windows) == len(starts)
    for start, (inputs, targets) in zip(starts, [windows[n] for n in range(len(windows))], strict=True):
        assert inputs.tolist() == list(range(start, start + max_length))
        assert targets.tolist() == list(range(start + 1, start + max_length + 1))
    with pytest.raises(IndexError):
        windows[len(windows)]


def test_a_dataset_holds_its_ids_once() -> None:
    windows = GPTDatasetV1(TEXT, TOKENIZER, 8, 1)
    assert windows[0][0].untyped_storage().data_ptr() == windows[5][1].untyped_storage().data_ptr()


def test_batches_have_the_shape_and_order_that_was_asked_for() -> None:
    loader = create_dataloader_v1(TEXT, 3, 4, 4, shuffle=False, tokenizer=TOKENIZER)
    inputs, targets = next(iter(loader))
    assert inputs.shape == targets.shape == (3, 4)
    assert inputs.dtype == torch.long
    assert inputs.flatten().tolist() == TOKENIZER.encode(TEXT)[:12]
    assert torch.equal(inputs.flatten()[1:], targets.flatten()[:-1])


def test_an_incomplete_last_batch_is_left_out_or_kept() -> None:
    sizes = [
        [len(inputs) for inputs, _ in create_dataloader_v1(TEXT, 5, 8, 8, drop_last=drop, tokenizer=TOKENIZER)]
        for drop in (True, False)
    ]
    assert set(sizes[0]) == {5}
    assert sizes[1][-1] < 5
    assert sizes[1][:-1] == sizes[0]


def test_a_generator_repeats_the_order_and_so_does_torchs_seed() -> None:
    def order(**more: object) -> list[list[int]]:
        return [
            row
            for inputs, _ in create_dataloader_v1(TEXT, 2, 8, 8, tokenizer=TOKENIZER, **more)
            for row in inputs.tolist()
        ]

    assert order(generator=torch.Generator().manual_seed(3)) == order(generator=torch.Generator().manual_seed(3))
    assert order(generator=torch.Generator().manual_seed(3)) != order(generator=torch.Generator().manual_seed(4))
    torch.manual_seed(3)
    first = order()
    torch.manual_seed(3)
    assert order() == first


def test_gpt2s_encoding_is_the_default_and_knows_the_end_of_a_text() -> None:
    inputs, _ = next(iter(create_dataloader_v1(f"a b{END_OF_TEXT} c d e", 1, 4, 4, shuffle=False)))
    assert 50256 in inputs


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"max_length": 0}, "max_length is 0"),
        ({"stride": 0}, "stride is 0"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"max_length": 4000}, "a window of 4000 and the token after it need 4001"),
    ],
)
def test_a_setting_that_gives_no_window_is_refused(change: dict[str, int], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        create_dataloader_v1(TEXT, tokenizer=TOKENIZER, **{"batch_size": 1, "max_length": 4, "stride": 1, **change})


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(TypeError, match="of type bytes"):
        create_dataloader_v1(b"abc")  # type: ignore[arg-type]


def test_a_text_is_split_by_a_share_of_its_characters() -> None:
    assert split_text("abcdefghij", 0.7) == ("abcdefg", "hij")
    for share in (0.0, 1.0, -1.0, 2.0, 0.01):
        with pytest.raises(ValueError, match=f"train_ratio is {share}"):
            split_text("abcdefghij", share)


# -- files -------------------------------------------------------------------------------------------------------------

AWKWARD = st.lists(
    st.one_of(
        st.sampled_from([" ", "  ", "\n", "\n\n", "\t", " \n ", "'s", "'", "é", "🙂", "a", "Word", "12",
                         END_OF_TEXT, "<|endof", "text|>", "!!", "漢字", "\u00a0", "\x1c", "\u2028"]),
        st.text(max_size=4),
    ),
    max_size=60,
).map("".join)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(AWKWARD, st.integers(1, 9))
def test_a_file_encoded_in_blocks_has_the_ids_of_the_whole_text(text: str, block: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path, tokens = Path(folder, "t.txt"), Path(folder, "t.uint16")
        try:
            path.write_bytes(text.encode())
        except UnicodeEncodeError:  # a lone surrogate is no text of a file
            return
        patch.setattr(data, "BLOCK", block)
        whole = encode(path.read_text(encoding="utf-8"), gpt2_tokenizer())
        assert encode_file(path, tokens, gpt2_tokenizer()) == len(whole)
        assert np.fromfile(tokens, np.uint16).tolist() == whole


def test_a_file_gives_the_same_batches_as_its_text(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text(TEXT)
    settings_ = (2, 8, 4, False)
    from_file = list(create_dataloader_from_file(tmp_path / "t.txt", *settings_))
    from_text = list(create_dataloader_v1(TEXT, *settings_))
    assert all(
        torch.equal(a, b)
        for one, other in zip(from_file, from_text, strict=True)
        for a, b in zip(one, other, strict=True)
    )


def test_a_file_is_encoded_once_as_long_as_its_text_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text(TEXT)
    first = encoded(tmp_path / "t.txt", gpt2_tokenizer(), tmp_path)
    written = first.stat().st_mtime_ns
    assert encoded(tmp_path / "t.txt", gpt2_tokenizer(), tmp_path) == first
    assert first.stat().st_mtime_ns == written
    (tmp_path / "t.txt").write_text(TEXT + " more")
    assert encoded(tmp_path / "t.txt", gpt2_tokenizer(), tmp_path) != first


def test_a_simple_tokenizer_takes_32_bits_an_id(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text(TEXT)
    tokens = encoded(tmp_path / "t.txt", TOKENIZER, tmp_path)
    assert tokens.suffix == ".uint32"
    assert np.fromfile(tokens, np.uint32).tolist() == TOKENIZER.encode(TEXT)
    assert TokenFile(tokens, 4, 4)[0][0].tolist() == TOKENIZER.encode(TEXT)[:4]


def test_an_encoding_that_fails_leaves_nothing_that_looks_finished(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_bytes(b"good text " * 10 + b"\xff\xfe")
    with pytest.raises(ValueError, match="is not UTF-8: byte 0xff"):
        create_dataloader_from_file(tmp_path / "t.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["t.txt"]


def test_a_file_that_is_not_there_or_no_file_of_ids_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        create_dataloader_from_file(tmp_path / "nothing.txt")
    with pytest.raises(ValueError, match=r"ends in .uint16 or .uint32"):
        TokenFile(tmp_path / "t.txt", 4, 4)


MEMORY = """
import sys
from pathlib import Path
from reference.data import create_dataloader_from_file
for inputs, _ in create_dataloader_from_file(Path(sys.argv[1]), 64, 256, 256, shuffle=False):
    pass
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the most memory that was in use is read from /proc")
def test_memory_stays_flat_however_long_the_text_is(tmp_path: Path) -> None:
    used = []
    for megabytes in (4, 30):
        path = tmp_path / f"{megabytes}.txt"
        path.write_text((TEXT + "\n") * (megabytes * 2**20 // len(TEXT)))
        done = subprocess.run([sys.executable, "-c", MEMORY, str(path)], capture_output=True, text=True, check=True)
        used.append(int(done.stdout))
    assert used[1] - used[0] < 20 * 1024, used  # KiB; the ids of 30 MB alone would take 60 MB as 64-bit numbers
