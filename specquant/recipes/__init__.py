"""What is random about a synthetic spectrum: distributions, the recipe made of them, and which elements it draws."""
