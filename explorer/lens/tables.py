"""Numbers as the bytes of a CSV, JSON or NPZ file, each with what made the numbers inside.

CSV    comment lines that begin with # and hold one fact each as JSON, then a header and rows
JSON   {"about": {...}, "columns": {name: [...]}}; what is not a number is null
NPZ    one array for each column, and `about` as one text of JSON; opens with allow_pickle=False
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from explorer.lens.export import Numbers


def as_csv(n: Numbers) -> bytes:
    """Comma-separated values, UTF-8; numbers with as many digits as they need to be read back."""
    out = io.StringIO(newline="")
    out.write(f"# panel: {json.dumps(n.panel)}\n")
    for name, value in n.about.items():
        out.write(f"# {name}: {json.dumps(value, ensure_ascii=False)}\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(n.columns)
    writer.writerows(zip(*(column.tolist() for column in n.columns.values()), strict=True))
    return out.getvalue().encode()


def as_json(n: Numbers) -> bytes:
    """JSON that every reader takes: NaN and infinities are null."""
    columns = {
        name: [_plain(value) for value in column.tolist()] for name, column in n.columns.items()
    }
    whole = {"panel": n.panel, "about": n.about, "columns": columns}
    return json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1).encode()


def as_npz(n: Numbers) -> bytes:
    """A NumPy archive without pickled objects."""
    out = io.BytesIO()
    about = json.dumps({"panel": n.panel, **n.about}, ensure_ascii=False)
    columns: dict[str, Any] = {"about": np.array(about), **n.columns}
    np.savez_compressed(out, **columns)
    return out.getvalue()


FORMATS: Mapping[str, Callable[[Numbers], bytes]] = {
    ".csv": as_csv,
    ".json": as_json,
    ".npz": as_npz,
}


def _plain(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
