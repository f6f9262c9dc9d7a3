"""What is found in a graph: weighted sums, networks, recurrences, LSTM and GRU cells; and the entries of its arrays."""
