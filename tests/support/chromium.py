"""The Chromium that tests and pictures of pages are made with."""

import os
import shutil
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
"""Commands that start a Chromium, by the system."""


def started(driver: Any) -> Any:
    """Return a running Chromium without a window: `SPECQUANT_BROWSER`, or the one on the path, or playwright's own.

    Parameters
    ----------
    driver
        What ``sync_playwright`` gives.
    """
    path = os.environ.get("SPECQUANT_BROWSER") or next(filter(None, map(shutil.which, _NAMES)), None)
    return driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
