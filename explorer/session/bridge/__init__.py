"""The workspace where attention is a memory: its snapshot and its moves. No Qt, no torch."""
