"""The panels, one file each. Their tables are `first`, those of a first start, and `table`."""
