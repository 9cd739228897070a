"""A client's certificate, signed by itself and valid until 2120, and its key. Made for tests only.

The server at 127.0.0.1 that some tests run has the same.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
CERTIFICATE = (FOLDER / "certificate.pem").read_text(encoding="ascii")
KEY = (FOLDER / "key.pem").read_text(encoding="ascii")
LOCKED_KEY = (FOLDER / "locked_key.pem").read_text(encoding="ascii")
KEY_PASSWORD = "a-lock-of-tests-9"
