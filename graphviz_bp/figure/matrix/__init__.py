"""The level of matrices: one box per array."""
