"""The levels over time: the unrolled network, the LSTM cell."""
