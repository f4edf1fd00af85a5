"""Job files, states, submission, the queue protocol (no torch, no Celery)."""
