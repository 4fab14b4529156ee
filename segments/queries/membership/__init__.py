"""Who is in segments, who was, and what the log says of it."""
