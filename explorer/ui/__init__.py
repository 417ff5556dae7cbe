"""Qt: draws, listens, never computes. Knows the network only as a Reader."""
