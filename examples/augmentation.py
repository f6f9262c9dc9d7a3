"""Test-time augmentation: the mean over views sends its gradient back through every flip and crop."""

import graphviz_bp as bp

run = bp.models.test_time_augmentation().backprop()
print(run.derive("X"))
run.draw(chain=False).save("augmentation.svg")
