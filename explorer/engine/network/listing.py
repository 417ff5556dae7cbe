"""The families as a table, for the command line and the README; written from the code alone."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.engine.network.families import FAMILIES, Family

HEADINGS = ("family", "models", "positions", "attention", "MLP", "norms", "weights")


def rows() -> Iterator[tuple[str, ...]]:
    """One row for each family, in the order of HEADINGS."""
    for name, family in FAMILIES.items():
        yield (
            f"{family.title} (`{name}`)",
            family.models,
            _positions(family),
            _attention(family),
            _mlp(family),
            _norms(family),
            "fp32, fp16, bf16; one file or shards",
        )


def markdown() -> str:
    """The table as the README shows it."""
    lines = [f"| {' | '.join(HEADINGS)} |", f"|{'---|' * len(HEADINGS)}"]
    lines += [f"| {' | '.join(row)} |" for row in rows()]
    return "\n".join(lines) + "\n"


def _positions(family: Family) -> str:
    added = family.always.get("positions")
    if added is not None:
        return str(added)
    part = family.silent.get("turned", 1.0)
    return "rotary" if part == 1.0 else "rotary, of a part of each head"


def _attention(family: Family) -> str:
    said = []
    if "groups" in family.keys:
        said.append("grouped")
    if family.windows.__name__ != "no_windows":
        said.append("windows")
    if family.always.get("qk_norm", "none") != "none":
        said.append("q and k normed")
    if "score_cap" in family.silent:
        said.append("soft-capped")
    if family.always.get("scale") == 1.0:
        said.append("not scaled")
    return ", ".join(said) or "full"


def _mlp(family: Family) -> str:
    activation = str(family.silent["activation"]).split("_")[0].replace("silu", "SiLU")
    activation = activation.replace("gelu", "GELU")
    gated = family.always.get("gated", True)
    parallel = ", beside attention" if "parallel" in family.keys else ""
    return f"{activation}{', gated' if gated else ''}{parallel}"


def _norms(family: Family) -> str:
    kind = "layer norm" if family.always.get("norm") == "layer" else "RMS norm"
    before, after = family.always.get("pre_norm", True), family.always.get("post_norm", False)
    place = "before and behind" if before and after else "before" if before else "behind"
    return f"{kind} {place}"
