"""What a course hands out: packs of figures, algorithms as tables, the pages of models and operations, examples."""
