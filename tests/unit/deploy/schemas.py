"""Schemas of our own for the parts of Compose and KEDA that we use; nothing else may stand in our files."""

from __future__ import annotations

from typing import Any

TEXTS = {"type": "array", "items": {"type": "string"}}
NAMED = {"type": "object", "required": ["name", "namespace"], "additionalProperties": {"type": "string"}}


def record(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


DURATION = {"type": "string", "pattern": r"^\d+(ms|s|m|h)$"}
SERVICE = record(
    ("image",),
    image={"type": "string"},
    command=TEXTS,
    entrypoint=TEXTS,
    environment={"type": "object", "additionalProperties": {"type": "string"}},
    volumes=TEXTS,
    depends_on={
        "type": "object",
        "additionalProperties": record(
            ("condition",),
            condition={"enum": ["service_started", "service_healthy", "service_completed_successfully"]},
        ),
    },
    healthcheck=record(
        ("test",), test=TEXTS, interval=DURATION, timeout=DURATION, retries={"type": "integer"}
    ),
    restart={"enum": ["no", "always", "on-failure", "unless-stopped"]},
    stop_grace_period=DURATION,
)
COMPOSE = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"},
        "services": {"type": "object", "minProperties": 1, "additionalProperties": SERVICE},
        "volumes": {"type": "object", "additionalProperties": {"type": "object"}},
    },
    "patternProperties": {"^x-": {}},
    "required": ["services"],
    "additionalProperties": False,
}

TRIGGER_AUTHENTICATION = record(
    ("apiVersion", "kind", "metadata", "spec"),
    apiVersion={"const": "keda.sh/v1alpha1"},
    kind={"const": "TriggerAuthentication"},
    metadata=NAMED,
    spec=record(
        secretTargetRef={
            "type": "array",
            "items": record(
                ("parameter", "name", "key"),
                parameter={"type": "string"},
                name={"type": "string"},
                key={"type": "string"},
            ),
        }
    ),
)
COUNT = {"type": "integer", "minimum": 0}
SCALED_JOB = record(
    ("apiVersion", "kind", "metadata", "spec"),
    apiVersion={"const": "keda.sh/v1alpha1"},
    kind={"const": "ScaledJob"},
    metadata=NAMED,
    spec=record(
        ("jobTargetRef", "triggers"),
        pollingInterval=COUNT,
        minReplicaCount=COUNT,
        maxReplicaCount=COUNT,
        successfulJobsHistoryLimit=COUNT,
        failedJobsHistoryLimit=COUNT,
        scalingStrategy=record(strategy={"enum": ["default", "custom", "accurate", "eager"]}),
        triggers={
            "type": "array",
            "minItems": 1,
            "items": record(
                ("type", "metadata"),
                type={"const": "postgresql"},
                metadata=record(
                    ("query", "targetQueryValue"),
                    query={"type": "string"},
                    targetQueryValue={"type": "string", "pattern": r"^\d+$"},
                ),
                authenticationRef=record(("name",), name={"type": "string"}),
            ),
        },
        jobTargetRef=record(("template",), backoffLimit=COUNT, template={"type": "object"}),
    ),
)
