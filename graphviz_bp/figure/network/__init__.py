"""The level of neurons: layers of them, and the pictures made of placed elements."""
