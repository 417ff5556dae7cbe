"""Explorer: see, step by step, how a language model writes."""

__version__ = "0.1.0"
