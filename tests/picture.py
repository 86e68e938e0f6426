"""Takes the README's picture: the demo's digest, drawn by the preview page, in a headless browser.

``python -m tests.picture [BROWSER]``; the browser is ``chromium`` unless named.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "digest.png"
_QUIET = (
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)


def take(browser: str, page: Path, picture: Path, *, width: int = 1280, height: int = 1460, dark: bool = False) -> None:
    """A screenshot of ``page``."""
    with tempfile.TemporaryDirectory() as profile:
        dark_mode = ("--blink-settings=preferredColorScheme=0",) if dark else ()
        command = (browser, "--headless", "--no-sandbox", *_QUIET, *dark_mode, f"--user-data-dir={profile}", "--hide-scrollbars")
        subprocess.run(
            (*command, f"--window-size={width},{height}", f"--screenshot={picture}", page.as_uri()), check=True, capture_output=True
        )


def main() -> None:
    browser = sys.argv[1] if len(sys.argv) > 1 else "chromium"
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "digest.html"
        subprocess.run((sys.executable, "-m", "bot", "demo", "--html", page), check=True, capture_output=True)
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        take(browser, page, PICTURE)


if __name__ == "__main__":
    main()
