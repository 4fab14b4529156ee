"""Who is in a segment, who was, and people placed by hand."""
