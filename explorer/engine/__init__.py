"""Runs the network: token ids in, records out. Knows nothing about screens, panels or sessions."""
