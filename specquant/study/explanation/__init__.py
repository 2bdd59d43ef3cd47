"""Where models read each element, and by which of the article's rules."""
