"""Windows of token ids, from strings and from files."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
import tiktoken
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_model import TEXT, TOKENIZER

from reference.data import (
    BLOCK,
    GPTDatasetV1,
    TokenFile,
    TokenWindows,
    create_dataloader_from_file,
    create_dataloader_v1,
    encode_file,
    encoded,
    split_text,
)
from reference.tokenizer import (
    END_OF_TEXT,
    UNKNOWN,
    SimpleTokenizerV1,
    SimpleTokenizerV2,
    Tokenizer,
    build_vocabulary,
    encode,
    gpt2_parts,
    gpt2_tokenizer,
)

VERDICT = Path(__file__).parents[3] / "shared" / "data" / "the-verdict.txt"


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
    assert windows[-1][0].tolist() == windows[len(starts) - 1][0].tolist()
    for outside in (len(starts), -len(starts) - 1):
        with pytest.raises(IndexError, match=f"no window {outside}"):
            windows[outside]


def test_a_dataset_holds_its_ids_once() -> None:
    windows = GPTDatasetV1(TEXT, TOKENIZER, 8, 1)
    assert windows[0][0].untyped_storage().data_ptr() == windows[5][1].untyped_storage().data_ptr()


@pytest.mark.skipif(not VERDICT.exists(), reason="The Verdict is not in ../shared/data")
def test_the_verdict_makes_20_windows_of_256_side_by_side() -> None:
    windows = GPTDatasetV1(VERDICT.read_text(encoding="utf-8"), gpt2_tokenizer(), max_length=256, stride=256)
    assert len(windows.token_ids) == 5145
    assert len(windows) == 20


def test_a_long_string_which_is_encoded_in_blocks_has_the_same_ids() -> None:
    text = (TEXT + "\n") * (BLOCK // len(TEXT) + 100)
    assert len(text) > BLOCK
    assert GPTDatasetV1(text, gpt2_tokenizer(), 8, 8).token_ids.tolist() == encode(text, gpt2_tokenizer())


def test_half_a_surrogate_pair_in_a_string_is_replaced_as_tiktoken_does() -> None:
    text = "a b \ud800 c d"
    assert GPTDatasetV1(text, gpt2_tokenizer(), 2, 1).token_ids.tolist() == encode(text, gpt2_tokenizer())


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


@pytest.mark.parametrize("tokenizer", [gpt2_tokenizer(), TOKENIZER], ids=["gpt2", "simple"])
@pytest.mark.parametrize("wrong", [b"abc", b"abc " * BLOCK, None], ids=["bytes", "many bytes", "None"])
def test_what_is_no_text_is_refused(wrong: object, tokenizer: Tokenizer) -> None:
    with pytest.raises(TypeError, match=f"the text is of type {type(wrong).__name__}; it is a string"):
        create_dataloader_v1(wrong, tokenizer=tokenizer)  # type: ignore[arg-type]


def test_a_text_is_split_by_a_share_of_its_characters() -> None:
    assert split_text("abcdefghij", 0.7) == ("abcdefg", "hij")
    for share in (0.0, 1.0, -1.0, 2.0, 0.01):
        with pytest.raises(ValueError, match=f"train_ratio is {share}"):
            split_text("abcdefghij", share)


# -- files -------------------------------------------------------------------------------------------------------------

PIECES = [
    " ", "  ", "\n", "\n\n", "\r\n", "\t", " \n ", "\u00a0", "\x1c", "\x85", "\u2028", "\u3000",
    "a", "Word", "é", "12", "7", "½", "漢", "字", "。", "，", "🙂", "e\u0301",
    ".", ",", ":", '"', "!!", "<", "|", ">", "'", "'s", "'ll", "_", "/",
    END_OF_TEXT, "<|endof", "text|>",
]  # fmt: skip
AWKWARD = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=60).map("".join)
# Other words than GPT-2's: marks take the ends of lines that follow, and letters one mark before them.
OTHER_PATTERN = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"
)
TOKENIZERS: list[Tokenizer] = [
    gpt2_tokenizer(),
    tiktoken.Encoding(**(gpt2_parts() | {"name": "other", "pat_str": OTHER_PATTERN})),
    SimpleTokenizerV2(build_vocabulary(" ".join(PIECES), (END_OF_TEXT, UNKNOWN))),
]


def ids_of_file(text: str, tokenizer: Tokenizer, block: int) -> tuple[list[int], list[int]]:
    """The ids of a file, encoded in blocks, and those of its text as a whole."""
    with tempfile.TemporaryDirectory() as folder:
        path, tokens = Path(folder, "t.txt"), Path(folder, "t.uint32")
        path.write_bytes(text.encode())
        count = encode_file(path, tokens, tokenizer, block=block)
        written = np.fromfile(tokens, np.uint32).tolist()
        assert count == len(written)
        return written, encode(path.read_text(encoding="utf-8"), tokenizer)


@pytest.mark.parametrize("tokenizer", TOKENIZERS, ids=["gpt2", "other", "simple"])
@settings(max_examples=100, deadline=None)
@given(text=AWKWARD, block=st.integers(1, 9))
def test_a_file_encoded_in_blocks_has_the_ids_of_the_whole_text(tokenizer: Tokenizer, text: str, block: int) -> None:
    in_blocks, whole = ids_of_file(text, tokenizer, block)
    assert in_blocks == whole


@pytest.mark.parametrize(
    "text",
    [
        "x" * 1_200_000,
        "漢字" * 200_000,
        "ab12" * 300_000,
        "one two" + " " * 300_000,
        ("\r\n" * 7 + "a line\r\n") * 20_000,
        "🙂" * 100_000 + " 🙂" * 100_000,
        f"a{END_OF_TEXT}b" * 30_000,
    ],
    ids=["letters", "Chinese", "letters and digits", "blanks at the end", "CRLF", "emoji", "ends of texts"],
)
def test_a_text_of_megabytes_with_few_places_to_cut_has_the_ids_of_the_whole_too(text: str) -> None:
    in_blocks, whole = ids_of_file(text, gpt2_tokenizer(), 2**16 + 1)
    assert in_blocks == whole


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


@pytest.mark.slow
def test_processes_that_cut_the_windows_of_a_file_give_the_same_batches(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text(TEXT)
    alone = create_dataloader_from_file(tmp_path / "t.txt", 2, 8, 4, False)
    together = create_dataloader_from_file(tmp_path / "t.txt", 2, 8, 4, False, num_workers=2)
    assert [inputs.tolist() for inputs, _ in together] == [inputs.tolist() for inputs, _ in alone]


def test_a_file_is_encoded_once_as_long_as_its_text_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text(TEXT)
    first = encoded(tmp_path / "t.txt", gpt2_tokenizer(), tmp_path)
    written = first.stat().st_mtime_ns
    assert encoded(tmp_path / "t.txt", gpt2_tokenizer(), tmp_path) == first
    assert first.stat().st_mtime_ns == written
    (tmp_path / "t.txt").write_text(TEXT + " more")
    assert encoded(tmp_path / "t.txt", gpt2_tokenizer(), tmp_path) != first


def test_each_tokenizer_has_a_file_of_its_own_for_a_text(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text(TEXT)
    other_vocabulary = SimpleTokenizerV1({piece: 2 * number for piece, number in TOKENIZER.str_to_int.items()})
    for tokenizer in (*TOKENIZERS, TOKENIZER, other_vocabulary):
        tokens = encoded(tmp_path / "t.txt", tokenizer, tmp_path)
        assert np.fromfile(tokens, tokens.suffix[1:]).tolist() == encode(TEXT, tokenizer)


class Characters:
    """A tokenizer of which nobody can tell the vocabulary."""

    def encode(self, text: str) -> list[int]:
        return [ord(letter) for letter in text]

    def decode(self, ids: list[int]) -> str:
        return "".join(map(chr, ids))


def test_a_tokenizer_that_cannot_be_told_from_others_writes_to_a_file_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text(TEXT)
    with pytest.raises(TypeError, match=r"a Characters cannot be told .* encode_file"):
        create_dataloader_from_file(tmp_path / "t.txt", tokenizer=Characters())
    encode_file(tmp_path / "t.txt", tmp_path / "mine.uint32", Characters())
    assert TokenFile(tmp_path / "mine.uint32", 4, 4)[0][0].tolist() == [ord(letter) for letter in TEXT[:4]]


def test_a_simple_tokenizer_takes_32_bits_an_id_and_gpt2s_16(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text(TEXT)
    assert encoded(tmp_path / "t.txt", TOKENIZER, tmp_path).suffix == ".uint32"
    assert encoded(tmp_path / "t.txt", gpt2_tokenizer(), tmp_path).suffix == ".uint16"
    (tmp_path / "t.txt").write_text("🙂 face")
    with pytest.raises(ValueError, match=r"id 128578 does not fit into 16 bits; write a \.uint32"):
        encode_file(tmp_path / "t.txt", tmp_path / "t.uint16", Characters())


@pytest.mark.parametrize(
    ("text", "tokenizer", "sentence"),
    [
        (b"good text " * 10 + b"\xff\xfe", gpt2_tokenizer(), r"t\.txt is not UTF-8: byte 0xff"),
        (b"the cat flies .", TOKENIZER, r"t\.txt cannot be encoded: 'flies' is not in the vocabulary"),
    ],
)
def test_a_file_that_cannot_be_encoded_leaves_nothing_that_looks_finished(
    tmp_path: Path, text: bytes, tokenizer: Tokenizer, sentence: str
) -> None:
    (tmp_path / "t.txt").write_bytes(text)
    with pytest.raises(ValueError, match=sentence):
        create_dataloader_from_file(tmp_path / "t.txt", tokenizer=tokenizer)
    assert [path.name for path in tmp_path.iterdir()] == ["t.txt"]


def test_a_file_that_is_not_there_or_no_file_of_ids_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        create_dataloader_from_file(tmp_path / "nothing.txt")
    with pytest.raises(ValueError, match=r"ends in .uint16 or .uint32"):
        TokenFile(tmp_path / "t.txt", 4, 4)
    (tmp_path / "t.uint16").write_bytes(b"123")
    with pytest.raises(ValueError, match="ends within an id of 2 bytes"):
        TokenFile(tmp_path / "t.uint16", 1, 1)
    (tmp_path / "t.txt").write_text("")
    with pytest.raises(ValueError, match="the text has 0 tokens"):
        create_dataloader_from_file(tmp_path / "t.txt")


def test_a_file_of_ids_that_is_cut_while_it_is_read_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "t.uint16"
    path.write_bytes(bytes(200))
    windows = TokenFile(path, 9, 9)
    path.write_bytes(bytes(100))
    assert len(windows[0][0]) == 9
    with pytest.raises(OSError, match="has become shorter"):
        windows[-1]


def test_a_folder_that_cannot_hold_the_ids_is_refused_before_anything_is_encoded(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text(TEXT)
    with pytest.raises(OSError, match="name a folder that can be written to"):
        create_dataloader_from_file(tmp_path / "t.txt", folder=tmp_path / "nowhere")
    with pytest.raises(ValueError, match="batch_size is 0"):
        create_dataloader_from_file(tmp_path / "t.txt", batch_size=0)
    assert [path.name for path in tmp_path.iterdir()] == ["t.txt"]


ENCODE = """
import sys
from pathlib import Path
from reference.data import encoded
from reference.tokenizer import gpt2_tokenizer
path = Path(sys.argv[1])
print(encoded(path, gpt2_tokenizer(), path.parent).name)
"""


@pytest.mark.slow
def test_an_encoding_that_is_killed_is_not_taken_for_a_finished_one(tmp_path: Path) -> None:
    path = tmp_path / "t.txt"
    path.write_text((TEXT + "\n") * (40 * 2**20 // len(TEXT)))
    child = subprocess.Popen([sys.executable, "-c", ENCODE, str(path)], stdout=subprocess.PIPE)
    try:
        until = time.monotonic() + 60
        while not any(part.stat().st_size for part in tmp_path.glob("*.part")) and time.monotonic() < until:
            time.sleep(0.005)
    finally:
        child.kill()
        child.communicate()
    assert len(list(tmp_path.glob("*.part"))) == 1
    assert not list(tmp_path.glob("*.uint16"))
    path.write_text(TEXT)  # shorter, but the same steps
    tokens = encoded(path, gpt2_tokenizer(), tmp_path)
    assert np.fromfile(tokens, np.uint16).tolist() == encode(TEXT, gpt2_tokenizer())


MEMORY = """
import resource, sys
from pathlib import Path
from reference.data import create_dataloader_from_file
for inputs, _ in create_dataloader_from_file(Path(sys.argv[1]), 64, 256, 256, shuffle=False):
    pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
@pytest.mark.parametrize("line", [TEXT + "\n", '{"key":12,"text":"word"},'], ids=["lines", "one endless line"])
def test_memory_stays_flat_however_long_the_text_is(tmp_path: Path, line: str) -> None:
    used = []
    for megabytes in (5, 25):
        path = tmp_path / f"{megabytes}.txt"
        path.write_text(line * (megabytes * 2**20 // len(line)))
        done = subprocess.run([sys.executable, "-c", MEMORY, str(path)], capture_output=True, text=True, check=True)
        used.append(int(done.stdout) * (1 if sys.platform != "darwin" else 1 / 1024))
    assert used[1] - used[0] < 12 * 1024, used  # KiB; what is held whole, text or ids, would take 20 MB at least
