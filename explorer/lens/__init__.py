"""From a Snapshot to what to draw: labels, order, ranges, units. numpy, frozen; knows no Qt."""
