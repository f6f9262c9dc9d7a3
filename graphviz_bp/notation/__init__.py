"""Names, numbers, formulas and local partials as they are written."""
