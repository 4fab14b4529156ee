"""The mirror: contacts and interactions as memory-mapped columns, and a patch of those changed since."""
