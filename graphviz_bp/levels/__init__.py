"""What is found in a graph: weighted sums, networks, recurrences, cells, parameters; and the entries of its arrays."""
