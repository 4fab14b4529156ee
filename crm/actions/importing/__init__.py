"""Imports: a file looked through, mapped, and written in batches that a kill at any point does not double."""
