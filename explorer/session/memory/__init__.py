"""The memory workspace: what is stored, the state, and where recall stands. No Qt, no torch."""
