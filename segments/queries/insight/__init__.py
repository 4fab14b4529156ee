"""What segments are like: differences, profiles, value, overlap, health."""
