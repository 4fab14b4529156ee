"""Two customers made one, and parted again."""
