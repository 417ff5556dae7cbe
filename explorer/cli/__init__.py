"""The command line: the same moves without a window. Loads torch and Qt only inside commands."""
