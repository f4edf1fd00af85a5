"""Daily figures of a person: score, early warning, advice. Not medical advice."""
