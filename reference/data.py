"""Windows of token ids to train on: from a string, or from a file that is larger than memory. Chapter 2.

Every sample is a window of ids and the same window one token further on: what the model sees, and what it has to say.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from reference.tokenizer import END_OF_TEXT, Tokenizer, encode, gpt2_tokenizer

Sample = tuple[Tensor, Tensor]
Ids = np.ndarray[Any, Any]
BLOCK = 2**20  # characters of a file that are encoded at a time


class TokenWindows(Dataset[Sample]):
    """Windows over one long row of ids, cut when they are asked for: nothing is held twice.

    token_ids: (tokens,), a tensor, an array, or a file on the disk. max_length: tokens of a window.
    stride: tokens from the start of one window to the start of the next; below max_length, windows overlap.
    Raises ValueError if a length is below 1 or if there are fewer tokens than a window and one more.
    """

    def __init__(self, token_ids: Tensor | Ids | IdsOnDisk, max_length: int, stride: int) -> None:
        for name, value in (("max_length", max_length), ("stride", stride)):
            if value < 1:
                raise ValueError(f"{name} is {value}; it is at least 1")
        if len(token_ids) < max_length + 1:
            raise ValueError(
                f"the text has {len(token_ids)} tokens; a window of {max_length} and the token after it need "
                f"{max_length + 1}"
            )
        self.token_ids, self.max_length, self.stride = token_ids, max_length, stride

    def __len__(self) -> int:
        return (len(self.token_ids) - self.max_length - 1) // self.stride + 1

    def __getitem__(self, index: int) -> Sample:
        """(inputs, targets), each (max_length,) of torch.long; the targets are the inputs of one place later."""
        if not 0 <= index < len(self):
            raise IndexError(f"there are {len(self)} windows, and no window {index}")
        start = index * self.stride
        window = self.token_ids[start : start + self.max_length + 1]  # (max_length + 1,)
        if isinstance(window, np.ndarray):
            window = torch.from_numpy(window.astype(np.int64))  # (max_length + 1,)
        return window[:-1], window[1:]  # (max_length,) each


class GPTDatasetV1(TokenWindows):
    """The windows of a text.

    txt: the text; `<|endoftext|>` in it is one token. tokenizer: ours or tiktoken's. max_length, stride: as above.
    Raises TypeError if txt is no string, and what TokenWindows raises.
    """

    def __init__(self, txt: str, tokenizer: Tokenizer, max_length: int, stride: int) -> None:
        if not isinstance(txt, str):
            raise TypeError(f"the text is of type {type(txt).__name__}; it is a string")
        super().__init__(torch.tensor(encode(txt, tokenizer), dtype=torch.long), max_length, stride)


class TokenFile(TokenWindows):
    """The windows of a file that `encode_file` wrote; each is read from the disk when it is asked for.

    Raises FileNotFoundError if there is no such file, ValueError if its name does not end in .uint16 or .uint32.
    """

    def __init__(self, path: Path | str, max_length: int, stride: int) -> None:
        super().__init__(IdsOnDisk(Path(path)), max_length, stride)


class IdsOnDisk:
    """A file of ids as a row that is sliced. A memory map would do, but what it has read counts as memory in use."""

    def __init__(self, path: Path) -> None:
        self.path, self.dtype = path, _dtype_of(path)
        self.length = path.stat().st_size // self.dtype.itemsize

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, place: slice) -> Ids:
        start, stop, _ = place.indices(self.length)
        return np.fromfile(self.path, self.dtype, stop - start, offset=start * self.dtype.itemsize)


def create_dataloader_v1(
    txt: str,
    batch_size: int = 4,
    max_length: int = 256,
    stride: int = 128,
    shuffle: bool = True,
    drop_last: bool = True,
    num_workers: int = 0,
    *,
    tokenizer: Tokenizer | None = None,
    generator: torch.Generator | None = None,
) -> DataLoader[Sample]:
    """Batches of windows of a text: (inputs, targets), each (batch_size, max_length).

    drop_last: whether an incomplete last batch is left out; a smaller batch makes the loss jump.
    num_workers: processes that cut windows; 0 does it here. tokenizer: GPT-2's by default.
    generator: draws the order; by default torch's own does, so that torch.manual_seed repeats it.
    Raises what GPTDatasetV1 raises, and ValueError if batch_size is below 1.
    """
    dataset = GPTDatasetV1(txt, tokenizer or gpt2_tokenizer(), max_length, stride)
    return _batches(dataset, batch_size, shuffle, drop_last, num_workers, generator)


def create_dataloader_from_file(
    path: Path | str,
    batch_size: int = 4,
    max_length: int = 256,
    stride: int = 128,
    shuffle: bool = True,
    drop_last: bool = True,
    num_workers: int = 0,
    *,
    tokenizer: Tokenizer | None = None,
    generator: torch.Generator | None = None,
    folder: Path | str | None = None,
) -> DataLoader[Sample]:
    """The same for a text file of any size: it is encoded once, block by block, and its ids stay on the disk.

    path: a UTF-8 text. folder: where the ids are kept, by default beside the text; the next call finds them there as
    long as the text is the same. All else as in create_dataloader_v1.
    Raises FileNotFoundError if there is no such file, ValueError if it is not UTF-8 or shorter than a window.
    """
    tokens = encoded(Path(path), tokenizer or gpt2_tokenizer(), Path(folder) if folder else Path(path).parent)
    return _batches(TokenFile(tokens, max_length, stride), batch_size, shuffle, drop_last, num_workers, generator)


def _batches(
    dataset: TokenWindows,
    batch_size: int,
    shuffle: bool,
    drop_last: bool,
    num_workers: int,
    generator: torch.Generator | None,
) -> DataLoader[Sample]:
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}; it is at least 1")
    return DataLoader(dataset, batch_size, shuffle, drop_last=drop_last, num_workers=num_workers, generator=generator)


def split_text(text: str, train_ratio: float) -> tuple[str, str]:
    """The first part of a text to train on, and the rest to validate with.

    train_ratio: share of the characters that the first part gets, between 0 and 1.
    Raises ValueError for a share that leaves a part without characters.
    """
    cut = int(train_ratio * len(text)) if 0 < train_ratio < 1 else 0
    if not 0 < cut < len(text):
        raise ValueError(
            f"train_ratio is {train_ratio} of {len(text)} characters; both parts need some, so it lies between 0 and 1"
        )
    return text[:cut], text[cut:]


def encoded(path: Path, tokenizer: Tokenizer, folder: Path) -> Path:
    """The file of a text's ids, made in `folder` unless it is there; its name holds a checksum of the text."""
    with path.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()[:16]
    width = 16 if getattr(tokenizer, "n_vocab", 2**32) <= 2**16 else 32
    tokens = folder / f"{path.name}.{getattr(tokenizer, 'name', 'simple')}.{checksum}.uint{width}"
    if not tokens.exists():
        encode_file(path, tokens, tokenizer)
    return tokens


def encode_file(path: Path | str, tokens: Path | str, tokenizer: Tokenizer) -> int:
    """Writes the ids of a text file one after another, and says how many there are; memory holds a block at a time.

    path: a UTF-8 text. tokens: the file to write; .uint16 or .uint32 at its end says how many bits an id takes.
    The ids are those of the whole text. A run that is stopped leaves no file that looks finished.
    Raises FileNotFoundError if there is no text, ValueError if it is not UTF-8.
    """
    dtype = _dtype_of(Path(tokens))
    part = Path(f"{tokens}.{os.getpid()}.part")
    count = 0
    try:
        with part.open("wb") as file:
            for block in _blocks(Path(path)):
                ids = _ids(block, tokenizer).astype(dtype)
                file.write(ids.tobytes())
                count += len(ids)
        part.replace(tokens)
    finally:
        part.unlink(missing_ok=True)
    return count


def _blocks(path: Path) -> Iterator[str]:
    """A text in pieces that are cut only where a blank follows something else.

    Byte-pair encoding first splits a text into words, and no word has a blank after its first character: a cut there
    never parts what the encoding would join.
    """
    rest = ""
    with path.open(encoding="utf-8") as file:
        try:
            while more := file.read(BLOCK):
                text = rest + more
                cut = _last_start_of_blanks(text)
                if cut:
                    yield text[:cut]
                rest = text[cut:]
        except UnicodeDecodeError as error:
            raise ValueError(f"{path} is not UTF-8: byte {error.object[error.start]:#04x}; save it as UTF-8") from None
    if rest:
        yield rest


def _last_start_of_blanks(text: str) -> int:
    """The last place where a blank or a line's end follows a character that is neither; 0 if there is none."""
    place = len(text)
    while place > 0:
        place = max(text.rfind(" ", 0, place), text.rfind("\n", 0, place))
        if place > 0 and not text[place - 1].isspace():
            return place
    return 0


def _ids(text: str, tokenizer: Tokenizer) -> Ids:
    if hasattr(tokenizer, "encode_to_numpy"):  # tiktoken's, which then makes no list of Python's integers
        ids: Ids = tokenizer.encode_to_numpy(text, allowed_special={END_OF_TEXT})
        return ids
    return np.asarray(encode(text, tokenizer))


def _dtype_of(tokens: Path) -> np.dtype[Any]:
    if tokens.suffix not in (".uint16", ".uint32"):
        raise ValueError(f"{tokens} is no file of token ids; the name of one ends in .uint16 or .uint32")
    return np.dtype(tokens.suffix[1:]).newbyteorder("<")
