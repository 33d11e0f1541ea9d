"""Chunks by tokens, with the estimate and with tokenizers of several kinds."""

from itertools import pairwise
from types import SimpleNamespace

import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st
from rag.chunkers.losing_nothing import TEXTS, assert_lossless, assert_placed, documents
from tokenizers import Tokenizer, models, pre_tokenizers

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.rag.chunkers import TokenChunker

PROSE = "The quick brown fox jumps over the lazy dog, and the dog sleeps on. " * 40


def words(text):
    return len(text.split())


def library_tokenizer():
    """Words and signs are tokens; it cuts and fills up, as those of embedding models do, and adds its own marks."""
    known = {word: number for number, word in enumerate(["[UNK]", "[CLS]", "[SEP]", "the", "dog", ","])}
    made = Tokenizer(models.WordLevel(known, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    made.enable_truncation(8)
    made.enable_padding(length=8)
    return made


class Encoding:
    """As tiktoken's: each two letters are a token."""

    def encode_ordinary(self, text):
        return [text[place : place + 2] for place in range(0, len(text), 2)]

    def decode_with_offsets(self, tokens):
        return "".join(tokens), [sum(map(len, tokens[:index])) for index in range(len(tokens))]


class OfLists:
    def encode(self, text):
        return text.split()


class Jumpy:
    """Less text can be more tokens."""

    def __call__(self, text):
        return len(text) // 3 + (7 if len(text) % 5 == 0 else 0)


TOKENIZERS = {
    "estimate": (None, lambda text: -(-len(text.encode("utf-8", "surrogatepass")) // 4)),
    "function": (words, words),
    "list": (str.split, words),
    "encoder": (OfLists(), words),
    "tiktoken": (Encoding(), lambda text: -(-len(text) // 2)),
    "jumpy": (Jumpy(), Jumpy()),
}


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_no_chunk_has_more_tokens_than_asked_for_and_most_are_rather_full(kind):
    tokenizer, count = TOKENIZERS[kind]

    spans = TokenChunker(40, 8, tokenizer).split(PROSE)

    counts = [count(PROSE[start:end]) for start, end in spans]
    assert_lossless(PROSE, spans)
    assert max(counts) <= 40
    assert sorted(counts)[len(counts) // 2] >= 30
    assert any(following < end for (_, end), (following, _) in pairwise(spans))


def test_a_tokenizer_of_the_library_is_asked_without_its_limits_and_stays_as_it_was():
    tokenizer = library_tokenizer()

    spans = TokenChunker(20, 4, tokenizer).split(PROSE)

    bare = library_tokenizer()
    bare.no_truncation()
    bare.no_padding()
    counts = [len(bare.encode(PROSE[start:end], add_special_tokens=False).ids) for start, end in spans]
    assert_lossless(PROSE, spans)
    assert max(counts) <= 20
    assert min(counts[:-1]) >= 15
    assert tokenizer.truncation["max_length"] == 8


@given(
    TEXTS,
    st.integers(1, 12).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))),
    st.sampled_from(sorted(TOKENIZERS)),
)
def test_they_lose_nothing(text, sizes, kind):
    assert_lossless(text, TokenChunker(*sizes, TOKENIZERS[kind][0]).split(text))


@given(st.text(max_size=200), st.integers(1, 12))
def test_the_estimate_is_kept_by_all_chunks_but_for_single_letters(text, size):
    spans = TokenChunker(size, 0).split(text)

    assert all(len(text[start:end].encode()) <= 4 * size or end - start == 1 for start, end in spans)


@given(documents())
def test_they_say_where_they_stand(document):
    assert_placed(document, TokenChunker(8, 2).chunk(document))


def test_chunks_end_after_words():
    assert all(PROSE[end - 1] == " " for _, end in TokenChunker(16, 0).split(PROSE))


def test_a_counter_that_never_fits_ends_all_the_same():
    assert_lossless("abcdef", TokenChunker(2, 1, lambda text: 99).split("abcdef"))


@pytest.mark.parametrize("tokenizer", ["gpt-4", 3, SimpleNamespace(decode=len)])
def test_what_is_no_tokenizer_is_refused(tokenizer):
    with pytest.raises(WrongTypeError, match="tokenizer is a tiktoken encoding"):
        TokenChunker(tokenizer=tokenizer)


def test_a_function_that_counts_nothing_is_refused():
    with pytest.raises(WrongTypeError, match="gives None; a number of tokens or a list of them"):
        TokenChunker(tokenizer=lambda text: None).split("some text")


@pytest.mark.parametrize("sizes", [(0, 0), (10, 10), (10, -1)])
def test_wrong_sizes_are_refused(sizes):
    with pytest.raises(UsageError, match="tokens"):
        TokenChunker(*sizes)
    assert repr(TokenChunker()) == "TokenChunker(chunk_size=256, overlap=32, tokenizer=None)"
