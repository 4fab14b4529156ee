"""The judge: the rule language evaluated the slow and obvious way, to be held against the engine."""
