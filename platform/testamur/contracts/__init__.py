"""The records everyone speaks in. Only pydantic and the standard library are imported here."""
