"""The work that keeps members true: the quick path, the sweep, the nightly comparison."""
