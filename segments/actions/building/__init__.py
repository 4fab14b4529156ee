"""Makes, changes and puts away segments and their rules."""
