"""What goes wrong unseen: a log, a file for crashes, and a sentence in the window."""

from __future__ import annotations

import faulthandler
import logging
import logging.handlers
import sys
import traceback
from types import TracebackType

from platformdirs import user_log_path
from PySide6.QtCore import qInstallMessageHandler

from explorer.session import moves
from explorer.ui.controller import Controller


def keep_log(level: str) -> None:
    """A rotating log and a file for crashes; without a folder to write to, the terminal."""
    try:
        folder = user_log_path("explorer", appauthor=False, ensure_exists=True)
        handler: logging.Handler = logging.handlers.RotatingFileHandler(
            folder / "explorer.log", maxBytes=1 << 20, backupCount=2, encoding="utf-8"
        )
        faulthandler.enable((folder / "crash.log").open("a"))
    except OSError:
        handler = logging.StreamHandler()
        faulthandler.enable()
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(level=level, handlers=[handler], format=form)
    qInstallMessageHandler(lambda kind, context, text: logging.getLogger("qt").warning(text))


def catch_failures(controller: Controller) -> None:
    """An exception in a slot becomes a sentence in the window; Qt would swallow it."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        logging.getLogger(__name__).error("unexpected", exc_info=(kind, error, trace))
        # A painter that is still open when Qt goes on crashes it, and the trace would keep it.
        traceback.clear_frames(trace)
        controller.apply(
            moves.fail, f"Something went wrong ({kind.__name__}: {error}); your text is unharmed."
        )

    sys.excepthook = hook
