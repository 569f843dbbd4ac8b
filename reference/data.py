"""Windows of token ids to train on: from a string, or from a file that is larger than memory. Chapter 2.

Every sample is a window of ids and the same window one token further on: what the model sees, and what it has to say.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import tiktoken
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from reference.tokenizer import SimpleTokenizerV1, Tokenizer, encode_to_array, gpt2_tokenizer

Sample = tuple[Tensor, Tensor]
Ids = np.ndarray[Any, Any]
BLOCK = 2**20  # characters that are encoded at a time
WORKERS = min(os.cpu_count() or 1, 8)  # threads that encode; each holds a block and its ids

# Where a text can be cut without a change of its ids: tokenizers first split it into words, each with at most one blank
# before it, and no word of any of them goes on over these places. `.*` takes all it can, so the last place is found.
CUTS = re.compile(r"(?s:.*)(?:\S(?= )|[A-Za-z0-9](?=\n))")
# GPT-2's words are one blank, then only letters, only digits or only marks. Its cuts need no blank, so that one endless
# line need not fit into memory. `<`, `|` and `>` are left out for `<|endoftext|>`, and `'` for what it joins: 's, 'll.
GPT2_CUTS = re.compile(
    r"(?s:.*)(?:\S(?=[ \n])|[A-Za-z](?=[0-9.,:;\"])|[0-9](?=[A-Za-z.,:;\"])|[\u4e00-\u9fa5](?=[，。、]))"
)


class TokenWindows(Dataset[Sample]):
    """Windows over one long row of ids, cut when they are asked for: nothing is held twice.

    token_ids: (tokens,), a tensor or a file on the disk. max_length: tokens of a window.
    stride: tokens from the start of one window to the start of the next; below max_length, windows overlap.
    Raises ValueError if a length is below 1 or if there are fewer tokens than a window and one more.
    """

    def __init__(self, token_ids: Tensor | IdsOnDisk, max_length: int, stride: int) -> None:
        _check_positive(max_length=max_length, stride=stride)
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
        start = self.start_of(index)
        window = self.token_ids[start : start + self.max_length + 1]  # (max_length + 1,)
        return window[:-1], window[1:]  # (max_length,) each

    def start_of(self, index: int) -> int:
        """The place of a window's first token. Raises IndexError if there is no such window."""
        if not -len(self) <= index < len(self):
            raise IndexError(f"there are {len(self)} windows, and no window {index}")
        return index % len(self) * self.stride


class GPTDatasetV1(TokenWindows):
    """The windows of a text.

    txt: the text; `<|endoftext|>` in it is one token. tokenizer: ours or tiktoken's. max_length, stride: as above.
    Raises TypeError if txt is no string, and what TokenWindows raises.
    """

    def __init__(self, txt: str, tokenizer: Tokenizer, max_length: int, stride: int) -> None:
        super().__init__(torch.from_numpy(_all_ids(txt, tokenizer).astype(np.int64)), max_length, stride)


class TokenFile(TokenWindows):
    """The windows of a file that `encode_file` wrote; each is read from the disk when it is asked for.

    path: the file. max_length, stride: as above.
    Raises FileNotFoundError if there is no such file, ValueError if it is no file of ids, and what TokenWindows raises.
    """

    def __init__(self, path: Path | str, max_length: int, stride: int) -> None:
        self.file = IdsOnDisk(Path(path))
        super().__init__(self.file, max_length, stride)

    def __getitems__(self, indices: list[int]) -> list[Sample]:
        """Those of a batch, for which a DataLoader asks here; they come with one way to the disk."""
        starts = [self.start_of(index) for index in indices]
        windows = self.file.rows(starts, self.max_length + 1)  # (batch, max_length + 1)
        return list(zip(windows[:, :-1].unbind(), windows[:, 1:].unbind(), strict=True))


class IdsOnDisk:
    """A file of ids as a row that is sliced. A memory map would do, but what it has read counts as memory in use."""

    def __init__(self, path: Path) -> None:
        self.path, self.dtype = path, _dtype_of(path)
        self.length, rest = divmod(path.stat().st_size, self.dtype.itemsize)
        if rest:
            raise ValueError(f"{path} ends within an id of {self.dtype.itemsize} bytes; encode its text again")

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, place: slice) -> Tensor:
        start, stop, _ = place.indices(self.length)
        return self.rows([start], stop - start)[0]  # (stop - start,)

    def rows(self, starts: list[int], length: int) -> Tensor:
        """The ids from each of the starts on: (starts, length) of torch.long."""
        ids = np.empty((len(starts), length), self.dtype)  # (starts, length)
        # Opened anew each time, so that workers, forked or spawned, share no place in it.
        with self.path.open("rb", buffering=0) as file:
            for row, start in zip(ids, starts, strict=True):
                file.seek(start * self.dtype.itemsize)
                if file.readinto(row) != row.nbytes:
                    raise OSError(f"{self.path} has become shorter since it was opened; encode its text again")
        return torch.from_numpy(ids.astype(np.int64))  # (starts, length)


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
    _check_positive(batch_size=batch_size)
    dataset = GPTDatasetV1(txt, tokenizer or gpt2_tokenizer(), max_length, stride)
    return DataLoader(dataset, batch_size, shuffle, drop_last=drop_last, num_workers=num_workers, generator=generator)


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
    Raises what create_dataloader_v1 and `encoded` raise.
    """
    _check_positive(batch_size=batch_size, max_length=max_length, stride=stride)  # before a long text is encoded
    tokens = encoded(Path(path), tokenizer or gpt2_tokenizer(), Path(folder) if folder else Path(path).parent)
    dataset = TokenFile(tokens, max_length, stride)
    return DataLoader(dataset, batch_size, shuffle, drop_last=drop_last, num_workers=num_workers, generator=generator)


def _check_positive(**values: int) -> None:
    for name, value in values.items():
        if value < 1:
            raise ValueError(f"{name} is {value}; it is at least 1")


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
    """The file of a text's ids, made in `folder` unless it is there.

    Its name holds a checksum of the text and the tokenizer: another text, or another tokenizer, is another file.
    Raises what `encode_file` raises, OSError if nothing can be written to the folder, and TypeError for a
    tokenizer that cannot be told from others.
    """
    with path.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256")
    checksum.update(_identity(tokenizer).encode())
    width = 16 if getattr(tokenizer, "n_vocab", 2**32) <= 2**16 else 32
    tokens = folder / f"{path.name}.{checksum.hexdigest()[:16]}.uint{width}"
    if not tokens.exists():
        if not os.access(folder, os.W_OK):
            raise OSError(f"the ids of {path} cannot be kept in {folder}; name a folder that can be written to")
        encode_file(path, tokens, tokenizer)
    return tokens


def _identity(tokenizer: Tokenizer) -> str:
    if isinstance(tokenizer, tiktoken.Encoding):
        return repr((tokenizer.name, tokenizer.n_vocab, sorted(tokenizer.special_tokens_set)))
    if isinstance(tokenizer, SimpleTokenizerV1):
        return repr((type(tokenizer).__name__, sorted(tokenizer.str_to_int.items())))
    raise TypeError(
        f"a {type(tokenizer).__name__} cannot be told from another one, so its ids cannot be found again; "
        "write them to a file of your choice with encode_file, and read it with TokenFile"
    )


def encode_file(path: Path | str, tokens: Path | str, tokenizer: Tokenizer, *, block: int = BLOCK) -> int:
    """Writes the ids of a text file one after another, and says how many there are.

    path: a UTF-8 text. tokens: the file to write; .uint16 or .uint32 at its end says how many bits an id takes.
    tokenizer: GPT-2's, another of tiktoken's, or one that splits at blanks. block: characters that are encoded at a
    time; memory holds one block for each thread, however long the text is.
    The ids are those of the whole text as Python reads it, with one kind of line end. A run that is stopped leaves no
    file that looks finished; if it was killed, a file that ends in .part is left and can be deleted.
    Raises FileNotFoundError if there is no text, ValueError if it is not UTF-8, cannot be encoded, or has ids that take
    more bits.
    """
    dtype = _dtype_of(Path(tokens))
    part = Path(f"{tokens}.{os.getpid()}.part")
    count = 0
    try:
        with part.open("wb") as file:
            for ids in _ids_of_blocks(_read(Path(path), block), tokenizer):
                if ids.max(initial=0) > np.iinfo(dtype).max:
                    raise ValueError(f"id {ids.max()} does not fit into {dtype.itemsize * 8} bits; write a .uint32")
                file.write(ids.astype(dtype).tobytes())
                count += len(ids)
            file.flush()
            os.fsync(file.fileno())
        part.replace(tokens)
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8: byte {error.object[error.start]:#04x}; save it as UTF-8") from None
    except ValueError as error:
        raise ValueError(f"{path} cannot be encoded: {error}") from None
    finally:
        part.unlink(missing_ok=True)
    return count


def _read(path: Path, block: int) -> Iterator[str]:
    with path.open(encoding="utf-8") as file:
        while part := file.read(block):
            yield part


def _all_ids(text: str, tokenizer: Tokenizer) -> Ids:
    """The ids of a text that is in memory; a long one is encoded in blocks as well, by all cores."""
    if isinstance(text, str) and len(text) > BLOCK and isinstance(tokenizer, tiktoken.Encoding):
        parts = (text[start : start + BLOCK] for start in range(0, len(text), BLOCK))
        return np.concatenate(list(_ids_of_blocks(parts, tokenizer)))
    return encode_to_array(text, tokenizer)


def _ids_of_blocks(parts: Iterable[str], tokenizer: Tokenizer) -> Iterator[Ids]:
    """The ids of parts of one text, in order. tiktoken lets other threads run, so blocks are encoded side by side."""
    workers = WORKERS if isinstance(tokenizer, tiktoken.Encoding) else 1
    at_work: deque[Future[Ids]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for block in _blocks(parts, GPT2_CUTS if getattr(tokenizer, "name", "") == "gpt2" else CUTS):
            at_work.append(pool.submit(encode_to_array, block, tokenizer))
            if len(at_work) > workers:
                yield at_work.popleft().result()
        while at_work:
            yield at_work.popleft().result()


def _blocks(parts: Iterable[str], cuts: re.Pattern[str]) -> Iterator[str]:
    """The same text in other parts: each ends at the last place where `cuts` allows it."""
    rest = ""
    for part in parts:
        text = rest + part
        # There is no place in the rest, unless the first character of the part makes its end one.
        cut = cuts.match(text, max(len(rest) - 1, 0))
        if cut:
            yield text[: cut.end()]
        rest = text[cut.end() :] if cut else text
    if rest:
        yield rest


def _dtype_of(tokens: Path) -> np.dtype[Any]:
    if tokens.suffix not in (".uint16", ".uint32"):
        raise ValueError(f"{tokens} is no file of token ids; the name of one ends in .uint16 or .uint32")
    return np.dtype(tokens.suffix[1:]).newbyteorder("<")
