"""The level of statements: one box per named node, frame after frame; of large graphs, blocks."""
