"""Run in a fresh process by the rule "quiet": registers one plugin and reports what else changed."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading

HEAVY = ("torch", "scipy", "sklearn", "pandas", "polars", "celery", "sqlalchemy", "sqlmodel", "jinja2")


def probe(name: str, module: str) -> list[str]:
    """Register the plugin and list, in words, what its import changed.

    Args:
        name: Entry name of the plugin.
        module: Module of its hook implementations.
    """
    from testamur.contracts.plugin import PluginInfo, PluginStatus
    from testamur.hooks.calls import import_plugin
    from testamur.hooks.registry import Registry

    before, environment = set(sys.modules), dict(os.environ)
    info = PluginInfo(name, "0", name, PluginStatus.ACTIVE, "", module, None)
    Registry.from_objects({name: import_plugin(info)})
    changes = [f"{heavy} is imported" for heavy in HEAVY if heavy in sys.modules and heavy not in before]
    if logging.getLogger().handlers:
        changes.append("logging is set up")
    if dict(os.environ) != environment:
        changes.append("the environment is changed")
    if threading.active_count() > 1:
        changes.append("a thread is started")
    return changes


if __name__ == "__main__":
    found = probe(sys.argv[1], sys.argv[2])
    sys.stdout.write("\n\x1e" + json.dumps(found))
