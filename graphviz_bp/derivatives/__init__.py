"""More derivatives: forward mode, Jacobians, Hessians, and gradients held against differences.

All take `values` as `backprop` does (defaults count; without values they answer in symbols, gradcheck excepted), and
all answer in exact numbers where these exist and stay short, else in doubles.
"""

from .forward_mode import push_through
from .gradcheck import GradcheckError, gradcheck
from .verbs import hessian, jacobian, tangent

__all__ = ["GradcheckError", "gradcheck", "hessian", "jacobian", "push_through", "tangent"]
