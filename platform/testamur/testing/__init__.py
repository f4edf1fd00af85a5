"""The kit for plugin authors: conformance checks, fakes, strategies, pytest plugin."""
