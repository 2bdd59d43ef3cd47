"""What every random ingredient of a recipe is worth."""
