"""Groups compared: effect sizes, intervals, overlaps, and which sizes are unusual."""
