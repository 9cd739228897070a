"""A client's certificate, signed by itself; the server at 127.0.0.1 of a test may have it too."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

KEY_PASSWORD = "a-lock-of-tests-9"


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """Files of PEM text; `locked_key` is the key again, behind `KEY_PASSWORD`."""

    certificate: Path
    key: Path
    locked_key: Path


def make(folder: Path) -> ClientCertificate:
    made = ClientCertificate(
        *(folder / name for name in ("certificate.pem", "key.pem", "locked.pem"))
    )
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    name = ("-subj", "/CN=highwater-test", "-addext", "subjectAltName=IP:127.0.0.1")
    _call("req", "-x509", *key, *name, "-keyout", made.key, "-out", made.certificate)
    lock = ("pkcs8", "-topk8", "-passout", f"pass:{KEY_PASSWORD}")
    _call(*lock, "-in", made.key, "-out", made.locked_key)
    return made


def _call(*words: str | Path) -> None:
    subprocess.run(["openssl", *words], capture_output=True, check=True)
