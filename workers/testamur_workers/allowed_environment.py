"""Which variables a runner sees: those that libraries need, and those that its operator names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

ALLOWED = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TZ", "TZDIR", "TMPDIR",
    "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "PYTHONHASHSEED", "PYTHONUTF8", "PYTHONWARNINGS",
    "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "PYTHONFAULTHANDLER", "SOURCE_DATE_EPOCH",
    "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "XDG_CACHE_HOME", "XDG_DATA_HOME",
    "SSL_CERT_FILE", "SSL_CERT_DIR",
    "OMP_*", "KMP_*", "GOMP_*", "MKL_*", "OPENBLAS_*", "NUMEXPR_*", "VECLIB_*", "POLARS_*", "RAYON_*",
    "MALLOC_*", "CUDA_*", "NVIDIA_*", "CUBLAS_*", "CUDNN_*", "NCCL_*", "GLOO_*", "TORCH_*", "PYTORCH_*",
    "RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "GROUP_*", "ROLE_*", "MASTER_*",
    "HF_HOME", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "TOKENIZERS_PARALLELISM",
    "TESTAMUR_HOME", "TESTAMUR_DATASETS", "TESTAMUR_DEVICE", "TESTAMUR_THREADS",
)  # fmt: skip
_NEVER = ("TESTAMUR_DATABASE_URL", "TESTAMUR_BROKER_URL", "CELERY_*")


def allowed(environ: Mapping[str, str], further: Iterable[str] = ()) -> dict[str, str]:
    """The variables of a runner.

    Args:
        environ: Of the worker.
        further: Patterns that the operator adds, such as ``AWS_*``; the platform's own secrets stay out.
    """
    patterns = (*ALLOWED, *further)
    return {
        name: value
        for name, value in environ.items()
        if _matches(name, patterns) and not _matches(name, _NEVER)
    }


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
