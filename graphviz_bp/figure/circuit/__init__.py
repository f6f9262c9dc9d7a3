"""The level of operations: a circuit of gates."""
