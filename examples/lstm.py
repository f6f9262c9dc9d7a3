"""The LSTM cell: along the cell line the gradient is multiplied by the forget gate and by nothing else."""

import graphviz_bp as bp

run = bp.models.lstm().backprop()
print(run.derive("c0"))
run.draw(chain="c0").save("lstm.svg")
