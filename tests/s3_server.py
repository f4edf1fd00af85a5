"""An S3 server on the loopback, spoken to over HTTP as any other: moto's, in this process."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

VARIABLES = {
    "AWS_ACCESS_KEY_ID": "AKIATESTAMURTESTS",
    "AWS_SECRET_ACCESS_KEY": "s3cr3t-of-the-tests-0123456789",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@contextmanager
def serving() -> Iterator[str]:
    """The URL of a bucket of its own; the environment names server and credentials meanwhile."""
    import logging

    import fsspec
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    kept = {name: os.environ.get(name) for name in (*VARIABLES, "AWS_ENDPOINT_URL_S3")}
    os.environ.update(VARIABLES, AWS_ENDPOINT_URL_S3=f"http://{host}:{port}")
    fsspec.get_filesystem_class("s3").clear_instance_cache()  # those of an earlier server know its port
    bucket = f"b{uuid.uuid4().hex[:12]}"
    try:
        store().mkdir(bucket)
        yield f"s3://{bucket}"
    finally:
        server.stop()
        for name, value in kept.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def store():
    """fsspec's view of the server."""
    import fsspec

    return fsspec.filesystem("s3", skip_instance_cache=True)
