"""The work that keeps members true: its runs, its troubles, what waits."""
