"""One decoder for many families of checkpoints, described by data. torch; knows no text."""
