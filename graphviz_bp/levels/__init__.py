"""What is found in a graph: weighted sums, networks, recurrences, LSTM cells; and the entries of its arrays."""
