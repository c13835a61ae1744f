"""The relay of this checkout, started for a test and stopped by its id."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def relay_path() -> Path:
    """The relay `KEYFERRY_RELAY` names, else the one cargo built here last."""
    if named := os.environ.get("KEYFERRY_RELAY"):
        return Path(named)
    target = Path(os.environ.get("CARGO_TARGET_DIR", _ROOT / "target"))
    built = [path for profile in ("release", "debug") if (path := target / profile / "relay-server").exists()]
    if not built:
        raise FileNotFoundError("no relay: run `cargo build -p keyferry-relay-server`, or set KEYFERRY_RELAY")
    return built[0]


class RelayProcess:
    """A running relay, its folder, and the URL it said it listens at."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.log = folder / "relay.log"
        words = [relay_path(), "serve", "--data-dir", folder / "data", "--listen", "127.0.0.1:0"]
        self._log = self.log.open("w")
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=self._log, text=True)
        self.url = self._listening()

    def __enter__(self) -> RelayProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)
        self._process.stdout.close()
        self._log.close()

    def _listening(self) -> str:
        for line in self._process.stdout:
            if found := re.fullmatch(r"listening on (https?://\S+)", line.strip()):
                return found[1]
        raise RuntimeError(f"the relay ended before it listened:\n{self.log.read_text()}")
