"""The story so far: the tree of everything generated and where we stand. Knows no Qt, no torch."""
