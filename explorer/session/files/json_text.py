"""JSON text of strangers: each field once, and nothing that is no number."""

from __future__ import annotations

import json
from typing import Any

from explorer.session.files.errors import SessionError


def read_json(data: bytes) -> Any:
    """JSON without doubled keys, NaN and infinities; raises SessionError."""
    try:
        return json.loads(
            data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant
        )
    except SessionError:
        raise
    except RecursionError:
        raise SessionError("its manifest is nested too deeply") from None
    except ValueError as error:
        raise SessionError(f"its manifest is damaged: {error}") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise SessionError(f"its manifest has the field {twice[:40]!r} twice")
    return found


def _no_constant(text: str) -> float:
    raise SessionError(f"its manifest holds {text}, which is no number")
