"""Makes data/course_vectors.npz: MiniLM's vectors of the texts of data/course.csv (needs the extra nlp)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from testamur.contracts.dataset import ReadOptions
from testamur_education.nets.embedder import embed
from testamur_education.qa.meaning import digest_of
from testamur_education.reading.course import read_texts

DATA = Path(__file__).parents[1] / "testamur_education" / "data"


def main() -> None:
    """Write the vectors of every passage and question, as float16, by the digest of their text."""
    passages, questions, _ = read_texts(DATA / "course.csv", ReadOptions())
    texts = [t.strip() for frame in (passages, questions) for t in frame.get_column("text").to_list()]
    texts = list(dict.fromkeys(texts))
    digests = np.array([list(digest_of(text)) for text in texts], dtype=np.uint8)
    np.savez_compressed(DATA / "course_vectors.npz", digest=digests, vector=embed(texts).astype(np.float16))


if __name__ == "__main__":
    main()
