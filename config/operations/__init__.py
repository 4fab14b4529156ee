"""How Facet itself is: for whoever runs it."""
