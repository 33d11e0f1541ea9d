"""The checks of what a dataset has too much or too little of: languages, and labels. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from racto_nb.finetune.checking.rule import Rule
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.findings import Finding
from racto_nb.finetune.privacy.languages import NAMES, language_of

_FEW = 0.1
"""A language with a smaller share of the examples than this is said to be among the others."""
_FEWEST_TOLD = 4
_LONGEST_LABEL = 80
_MOST_LABELS = 0.5
"""Short answers are labels where there are at most so many different ones for each example."""
_FEWEST_EXAMPLES = 10
_TOO_MUCH = 0.9
_TIMES = 20
_RARE = 5
_SHOWN = 5


def language_mix(examples: Sequence[RactoTrainingExample], ask: object) -> Iterator[Finding]:
    """Examples in another language than most, and answers in another than their questions.

    Languages are told by script and frequent words: see `racto_nb.finetune.privacy.languages` for what that cannot tell.
    """
    asked = [language_of(_texts(example, "user")) for example in examples]
    answered = [language_of(_texts(example, "assistant")) for example in examples]
    main = Counter(language for language in asked if language is not None)
    known = sum(main.values())
    for language, count in main.most_common()[1:]:
        if count < _FEW * known and known >= _FEWEST_TOLD:
            places = [place for place, spoken in enumerate(asked) if spoken == language]
            most, share = main.most_common(1)[0]
            says = f"{count:,} of {known:,} questions are {NAMES[language]}, {share:,} are {NAMES[most]}: {_listed(places)}."
            yield Finding("language_mix", "hint", says, fix="Keep them if the model shall answer in both languages.")
    for place, (question, answer) in enumerate(zip(asked, answered, strict=True)):
        if question is not None and answer is not None and question != answer:
            says = f"The question is {NAMES[question]}, the answer {NAMES[answer]}."
            yield Finding("language_mix", "hint", says, example=place, fix="Keep it if that is what the model shall do.")


def label_imbalance(examples: Sequence[RactoTrainingExample], ask: object) -> Iterator[Finding]:
    """Labels that most examples have, and labels that hardly one has.

    A label is the tag that `ask.label` names ("label"), or else the last answer, where answers are short and come again.
    """
    labels = _labels(examples, str(getattr(ask, "label", "label")))
    if len(examples) < _FEWEST_EXAMPLES or len(labels) < 2:  # noqa: PLR2004  (one label is nothing to be balanced)
        return
    total = sum(labels.values())
    (most, count), (least, fewest) = labels.most_common(1)[0], labels.most_common()[-1]
    fix = "Take fewer of the one, or make more of the others: a model learns to say what is frequent."
    if count >= _TOO_MUCH * total or count >= _TIMES * fewest:
        says = (
            f"The {len(labels):,} labels are uneven: {count:,} of {total:,} examples ({count / total:.0%}) are {most!r:.80}, "
            f"{fewest:,} of {least!r:.80}."
        )
        yield Finding("label_imbalance", "warning", says, fix=fix, shown=most[:_LONGEST_LABEL])
    rare = [label for label, number in labels.items() if number < _RARE]
    if rare:
        shown = ", ".join(f"{label!r:.40} ({labels[label]})" for label in rare[:_SHOWN])
        more = f" and {len(rare) - _SHOWN:,} more" if len(rare) > _SHOWN else ""
        says = f"{len(rare):,} of {len(labels):,} labels have fewer than {_RARE} examples: {shown}{more}."
        yield Finding("label_imbalance", "hint", says, fix="Add examples of them, or leave the labels out.")


def _labels(examples: Sequence[RactoTrainingExample], tag: str) -> Counter[str]:
    """How many examples each label has; none where the examples have no labels."""
    tagged = Counter(example.tags[tag] for example in examples if example.tags and tag in example.tags)
    if 2 * sum(tagged.values()) > len(examples):
        return tagged
    answers = [answer for example in examples if (answer := _last_answer(example)) is not None]
    short = Counter(answer for answer in answers if len(answer) <= _LONGEST_LABEL and "\n" not in answer)
    is_labels = 10 * sum(short.values()) >= 9 * max(len(examples), 1) and len(short) <= _MOST_LABELS * len(examples)
    return short if is_labels else Counter()


def _last_answer(example: RactoTrainingExample) -> str | None:
    """The text of the last answer, as labels are compared."""
    last = next((each for each in reversed(example.messages) if each.role in {"assistant", "model"}), None)
    text: object = None if last is None else last.content
    return text.strip() or None if isinstance(text, str) else None


def _texts(example: RactoTrainingExample, role: str) -> str:
    """What one side says in an example, as far as it is text."""
    turns: list[object] = [message.content for message in example.turns() if message.role == role]
    return "\n".join(text for text in turns if isinstance(text, str))


def _listed(places: Sequence[int]) -> str:
    shown = ", ".join(map(str, places[:_SHOWN]))
    more = f" and {len(places) - _SHOWN:,} more" if len(places) > _SHOWN else ""
    return f"example{'s' if len(places) > 1 else ''} {shown}{more}"


RULES = (
    Rule(
        "language_mix",
        "hint",
        "A few examples are in another language, or an answer is in another than its question.",
        language_mix,
    ),
    Rule("label_imbalance", "warning", "Nearly all examples have one label, or some have hardly any.", label_imbalance),
)
