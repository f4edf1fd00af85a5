"""The questions of a datasheet in seven groups (Gebru et al. 2021, CACM 64:12). Standard library only."""

from __future__ import annotations

QUESTIONS: tuple[tuple[str, str, str], ...] = (
    ("motivation", "purpose", "For what purpose were the data made, or are they used here?"),
    ("motivation", "creator", "Who made the data?"),
    ("motivation", "funding", "Who paid for it?"),
    ("composition", "instances", "What does a row stand for?"),
    ("composition", "size", "How many rows are there, and how are they divided?"),
    ("composition", "sample", "Are they all there is, or a sample, and drawn how?"),
    ("composition", "columns", "What does a row hold?"),
    ("composition", "target", "What is predicted?"),
    ("composition", "groups", "Which groups of people can be told apart?"),
    ("composition", "relations", "Do rows belong together, as those of one person do?"),
    ("composition", "identifying", "By which columns could a person be recognised?"),
    ("composition", "errors", "Which errors, noise or redundancies are known?"),
    ("collection", "acquired", "How were the values acquired, and by whom?"),
    ("collection", "timeframe", "Over what time?"),
    ("collection", "consent", "Were the people told, and did they agree?"),
    ("collection", "review", "Was there an ethical review?"),
    ("preprocessing", "preprocessing", "What was cleaned, labelled or changed before?"),
    ("preprocessing", "reading", "What was noticed and changed while reading?"),
    ("preprocessing", "raw", "Are the raw data kept?"),
    ("uses", "fit", "What are the data fit for?"),
    ("uses", "unfit", "What must they not be used for?"),
    ("uses", "caveats", "What about them could harm or mislead?"),
    ("uses", "excluded", "Which uses of the model are excluded?"),
    ("distribution", "source", "Where are the data from?"),
    ("distribution", "licence", "Under which terms?"),
    ("distribution", "digest", "By which digest are they known?"),
    ("maintenance", "controller", "Who is answerable for them?"),
    ("maintenance", "retention", "How long are they kept?"),
    ("maintenance", "updates", "Will they be corrected or updated, and how is that told?"),
)
"""(group, key, question); a declaration answers a key in its own words with `DatasetSpec.datasheet`."""

KEYS = frozenset(key for _, key, _ in QUESTIONS)


def check_questions(answers: dict[str, str]) -> dict[str, str]:
    """The answers, if each belongs to a question.

    Raises:
        ValueError: It names every key that no question has, and all that there are.
    """
    if unknown := sorted(set(answers) - KEYS):
        known = ", ".join(sorted(KEYS))
        raise ValueError(f"questions of a datasheet ({known}) are required, however: {', '.join(unknown)}")
    return answers
