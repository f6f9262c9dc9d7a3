"""A transformer block: attention and a feed-forward layer, each with a residual connection and a layer norm."""

import graphviz_bp as bp

bp.models.transformer_block().backprop().draw(chain="Z").save("transformer-block.svg")
