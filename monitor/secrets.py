"""Secrets by reference: rows, forms and the API name a secret, and only a process reads it.

A reference is `env:HIGHWATER_SECRET_NAME` or `file:NAME` under `HIGHWATER_SECRETS_DIR`. Nothing
else resolves: a cluster at a stranger's address with `sasl.password = env:SECRET_KEY` would send
that key there. Messages never repeat what is not a reference, for it may be a secret itself.
"""

import os
import re
from pathlib import Path, PurePosixPath

from django.conf import settings

from monitor.errors import SecretNotFoundError

MAX_SECRET_BYTES = 65_536
_ENVIRONMENT_NAME = re.compile(r"HIGHWATER_SECRET_[A-Za-z0-9_]+")
_HOW_TO_REFER = (
    "Write env:HIGHWATER_SECRET_NAME, or file:NAME for a file under HIGHWATER_SECRETS_DIR; "
    "a secret is never given in the clear."
)


def is_reference(text: str) -> bool:
    """Whether `text` has the form of a reference; it may still point to nothing."""
    return text.startswith(("env:", "file:"))


def resolve(reference: str) -> str:
    """The secret that `reference` names, without the line end of its file.

    Raises SecretNotFoundError where it points to nothing, or outside what may be read.
    """
    kind, _, name = reference.partition(":")
    if kind == "env":
        return _from_environment(name)
    if kind == "file":
        return _from_file(name)
    raise SecretNotFoundError(_HOW_TO_REFER)


def _from_environment(name: str) -> str:
    if not _ENVIRONMENT_NAME.fullmatch(name):
        raise SecretNotFoundError(
            f"Only variables named HIGHWATER_SECRET_* hold secrets. {_HOW_TO_REFER}"
        )
    value = os.environ.get(name, "")
    if not value:
        raise SecretNotFoundError(
            f"{name} is not set in this process: set it for web, worker and beat, and restart them."
        )
    return value


def _from_file(name: str) -> str:
    path = _path_inside(name)
    try:
        # A FIFO or device would block for ever, or never end.
        if not path.is_file() or path.stat().st_size > MAX_SECRET_BYTES:
            raise SecretNotFoundError(
                f"file:{name} is no file of at most {MAX_SECRET_BYTES} bytes "
                "under HIGHWATER_SECRETS_DIR: put one there."
            )
        value = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise SecretNotFoundError(
            f"file:{name} cannot be read: let the account of web and worker read it, as UTF-8 text."
        ) from None
    if not value:
        raise SecretNotFoundError(f"file:{name} is empty: write the secret into it.")
    return value


def _path_inside(name: str) -> Path:
    """The real path. Links may lead about inside the folder (Kubernetes does so), not out of it."""
    if not settings.HIGHWATER_SECRETS_DIR:
        raise SecretNotFoundError("Set HIGHWATER_SECRETS_DIR to the folder that file: may read.")
    parts = PurePosixPath(name)
    if not name or "\0" in name or parts.is_absolute() or ".." in parts.parts:
        raise SecretNotFoundError(
            f"file: takes a name under HIGHWATER_SECRETS_DIR. {_HOW_TO_REFER}"
        )
    folder = Path(settings.HIGHWATER_SECRETS_DIR).resolve()
    path = (folder / parts).resolve()
    if not path.is_relative_to(folder) or path == folder:
        raise SecretNotFoundError(f"file:{name} leads out of HIGHWATER_SECRETS_DIR.")
    return path
