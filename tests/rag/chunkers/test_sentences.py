"""Where sentences end, and chunks of them."""
# ruff: noqa: RUF001  (signs of many scripts)

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rag.chunkers.losing_nothing import TEXTS, assert_lossless, assert_placed, documents

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.rag.chunkers import SentenceChunker
from racto_nb.rag.chunkers.languages import LANGUAGES, language_of
from racto_nb.rag.chunkers.sentence_ends import sentence_spans

ENGLISH = [
    "Hello World. |My name is Jonas.", "What is your name? |My name is Jonas.", "There it is! |I found it.",
    "My name is Jonas E. Smith.", "Please turn to p. 55.", "Were Jane and co. at the party?",
    "They closed the deal with Pitt, Briggs & Co. at noon.", "Let's ask Jane and co. |They should know.",
    "They closed the deal with Pitt, Briggs & Co. |It closed yesterday.", "I can see Mt. Fuji from here.",
    "St. Michael's Church is on 5th st. near the light.", "That is JFK Jr.'s book.", "I visited the U.S.A. last year.",
    "I live in the E.U. |How about you?", "I live in the U.S. |How about you?", "I work for the U.S. Government in Virginia.",
    "I have lived in the U.S. for 20 years.", "She has $100.00 in her bag.", "She has $100.00. |It is in her bag.",
    "He teaches science (He previously worked for 5 years as an engineer.) at the local University.",
    "Her email is Jane.Doe@example.com. |I sent her an email.",
    "The site is: https://www.example.50.com/new-site/awesome_content.html. |Please check it out.",
    "She turned to him, 'This is great.' she said.", 'She turned to him, "This is great." she said.',
    'She turned to him, "This is great." |She held the book out to show him.', "Hello!! |Long time no see.", "Hello?? |Who is there?",
    "Hello!? |Is that you?", "Hello?! |Is that you?", "1.) The first item\n|2.) The second item", "1. The first item\n|2. The second item",
    "• 9. The first item\n|• 10. The second item", "- one\n|- two", "a. The first item\n|b. The second item",
    "This is a sentence\ncut off in the middle because pdf.", "It was a cold \nnight in the city.", "features\n\n|contact manager",
    "features\r\n\r\n|contact manager", "You can find it at N°. 1026.253.553. |That is where the treasure is.",
    "We make a good team, you and I. |Did you see Albert I. Jones yesterday?",
    "Thoreau argues that by simplifying one's life, \"the laws of the universe will appear less complex. . . .\"",
    "I never meant that.... |She left the store.",
    "One further habit which was somewhat weakened . . . was that of combining words into self-interpreting compounds.",
    "# A heading\n|Its text. |More.", "He was No. 5 in 1999. |Then he left.", "Dr. and Mrs. Dursley, of no. 4, Privet Drive.",
    "It is on Fig. 3 and in Sec. 2. |See there.", "He said “Go.” |She went.", "Is it 3.14? |Yes.",
    "See e.g. the manual, i.e. this book. |It helps.", "Apple Inc. makes phones. |Apple Inc. Chief Tim left.",
    "Text. \n\n   \n|After a gap.", "   Leading blanks. |Then this.   ", "| a | b |\n|| c | d |", "hello! |how are you?",
]  # fmt: skip
OTHERS = [
    ("german", "Am 3. Mai kam Herr Dr. Müller. |Er ging z.B. nach Hause."),
    ("german", "Das kostet 3,50 Euro. |Das ist viel, d.h. zu viel."),
    ("german", "Er kam usw. |Dann ging er."),
    ("french", "M. Dupont est arrivé. |Il est parti."),
    ("spanish", "El Sr. Pérez vino. |¿Por qué? |No lo sé."),
    ("japanese", "日本語の文。|次の文！|「はい。」と言った。"),
    ("chinese", "今天天气好。|我们去吧！"),
    ("hindi", "यह एक है। |वह दो है।"),
]


@pytest.mark.parametrize(("language", "marked"), [("english", text) for text in ENGLISH] + OTHERS)
def test_sentences_end_where_a_reader_ends_them(language, marked):
    text = marked.replace("|", "") if "| a |" not in marked else "| a | b |\n| c | d |"
    wanted = marked.split("|") if "| a |" not in marked else ["| a | b |\n", "| c | d |"]

    assert [text[start:end] for start, end in sentence_spans(text, language_of(language))] == wanted


@given(TEXTS, st.sampled_from(sorted(LANGUAGES)))
def test_sentences_are_the_whole_text(text, language):
    spans = sentence_spans(text, language_of(language))

    assert "".join(text[start:end] for start, end in spans) == text
    assert all(start < end for start, end in spans)


@given(
    TEXTS,
    st.integers(1, 6).flatmap(lambda most: st.tuples(st.just(most), st.integers(0, most - 1))),
    st.sampled_from([5, 40, None]),
)
def test_chunks_of_sentences_lose_nothing_and_keep_to_their_limit(text, sizes, limit):
    assert_lossless(text, SentenceChunker(*sizes, max_characters=limit).split(text), limit)


@given(documents())
def test_chunks_of_sentences_say_where_they_stand(document):
    assert_placed(document, SentenceChunker(2, 1, max_characters=50).chunk(document))


def shown(text, chunker):
    return [text[start:end] for start, end in chunker.split(text)]


def test_a_chunk_holds_so_many_sentences_and_repeats_some():
    text = "A one. B two. C three. D four. E five."

    assert shown(text, SentenceChunker(max_sentences=3, overlap_sentences=1)) == [
        "A one. B two. C three. ",
        "C three. D four. E five.",
    ]
    assert shown(text, SentenceChunker(2, 0)) == ["A one. B two. ", "C three. D four. ", "E five."]
    assert shown(text, SentenceChunker(sentences_per_chunk=2, overlap_sentences=0)) == shown(text, SentenceChunker(2, 0))


def test_a_long_sentence_is_cut_at_its_words_and_repeats_nothing_that_does_not_fit():
    text = "Short one. " + "word " * 10 + "end. Last."

    chunks = shown(text, SentenceChunker(max_characters=24))

    assert max(map(len, chunks)) <= 24
    assert chunks[0] == "Short one. word word "
    assert all(chunk.endswith((" ", ".")) for chunk in chunks)


def test_without_a_limit_a_sentence_stays_whole():
    text = "word " * 2000 + "end."

    assert shown(text, SentenceChunker(max_characters=None)) == [text]
    assert len(shown(text, SentenceChunker())) > 1


def test_both_spellings_of_the_number_of_sentences_are_one_setting():
    assert SentenceChunker(sentences_per_chunk=3).max_sentences == SentenceChunker(3).sentences_per_chunk == 3
    with pytest.raises(UsageError, match="max_sentences=4 and sentences_per_chunk=3 are two spellings of one setting"):
        SentenceChunker(4, sentences_per_chunk=3)


@pytest.mark.parametrize(
    ("settings", "kind", "said"),
    [
        ({"max_sentences": 0}, UsageError, "max_sentences is a number of sentences above 0"),
        ({"max_sentences": True}, WrongTypeError, "max_sentences is a number of sentences"),
        ({"max_sentences": 2, "overlap_sentences": 2}, UsageError, "from 0 to below max_sentences=2, not 2"),
        ({"max_characters": 0}, UsageError, "max_characters is a number of characters above 0"),
        ({"language": "englisch"}, UsageError, "Did you mean 'english'"),
        ({"language": None}, UsageError, "language is the English name of a language"),
    ],
)
def test_wrong_settings_are_refused_with_what_to_write(settings, kind, said):
    with pytest.raises(kind, match=said):
        SentenceChunker(**settings)


def test_the_languages_of_the_documents_are_known():
    assert language_of("English") is language_of("english")
    assert (
        repr(SentenceChunker())
        == "SentenceChunker(max_sentences=5, overlap_sentences=1, language='english', max_characters=2000)"
    )


@pytest.mark.parametrize(
    ("piece", "sentences"),
    [("東京都へ行きます。", 100_000), (".", 1), ("?!", 1)],
    ids=["a script without spaces", "dots", "signs"],
)
def test_a_long_text_without_spaces_takes_no_longer_than_others(piece, sentences):
    """Each sentence began by reading all that follows it: a book in Japanese took hours, so that this test never came to its end."""
    text = piece * 100_000

    assert len(sentence_spans(text, language_of("english"))) == sentences


def test_many_dots_end_a_sentence_before_a_space_alone():
    text = "It goes..........on and on.......... Then it stops."

    assert [text[start:end] for start, end in sentence_spans(text, language_of("english"))] == [
        "It goes..........on and on.......... ",
        "Then it stops.",
    ]
