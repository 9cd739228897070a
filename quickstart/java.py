"""Java, Maven and the jars of Apache Kafka."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from quickstart.child import Program
from quickstart.errors import BrokerUnavailable
from quickstart.state import put_in_place
from quickstart.supervisor import Supervisor

KAFKA_VERSION = "4.3.1"
NEEDED_JAVA = 17
POM = Path(__file__).with_name("pom.xml")


def parse_java_version(text: str) -> int | None:
    """The release in what `java -version` prints (8 for 1.8.0); None where there is none."""
    found = re.search(r'version "(?:1\.)?(\d+)', text)
    return int(found[1]) if found else None


def find_java(environ: Mapping[str, str]) -> Path | None:
    """The `java` of JAVA_HOME, else of PATH."""
    own = Path(environ.get("JAVA_HOME") or "/nonexistent", "bin", "java")
    on_path = shutil.which("java", path=environ.get("PATH"))
    return own if own.exists() else Path(on_path) if on_path else None


def java_version(java: Path) -> int | None:
    asked = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    return parse_java_version(asked.stderr)


def has_maven(environ: Mapping[str, str]) -> bool:
    return shutil.which("mvn", path=environ.get("PATH")) is not None


def jars_folder(environ: Mapping[str, str]) -> Path:
    """The cache of the jars, outside the tree; another pom.xml has another folder."""
    base = environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    fingerprint = hashlib.sha256(POM.read_bytes()).hexdigest()[:8]
    return Path(base, "highwater", f"kafka-{KAFKA_VERSION}-{fingerprint}")


def resolve_jars(supervisor: Supervisor, environ: Mapping[str, str]) -> None:
    """Fill the cache by Maven, which checks every checksum.

    Raises ProgramFailed where Maven fails, BrokerUnavailable where nothing can be kept. The folder
    appears in one move: where it is, it is whole.
    """
    jars = jars_folder(environ)
    fresh = jars.with_name(f"{jars.name}.{os.getpid()}")
    try:
        fresh.mkdir(parents=True)
    except OSError as problem:
        raise BrokerUnavailable(
            f"Apache Kafka cannot be kept in {jars}: {problem.strerror}. "
            "Name a folder that this account may write with XDG_CACHE_HOME."
        ) from None
    try:
        supervisor.run(
            Program(
                name="maven",
                argv=(
                    *("mvn", "--batch-mode", "--quiet", "--strict-checksums", "--file", str(POM)),
                    *("-Dstyle.color=never", "-Daether.connector.connectTimeout=10000"),
                    *("dependency:copy-dependencies", f"-DoutputDirectory={fresh}"),
                ),
                env=environ,
                stage="setup",
                cwd=fresh,
            ),
            within_seconds=300.0,
        )
        put_in_place(fresh, jars)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
