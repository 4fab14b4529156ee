"""A load run with kills: the product on its own parts, under changes, while its processes die; then the proof."""
