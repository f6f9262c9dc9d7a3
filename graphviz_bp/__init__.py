from .graph import graph
from .variables import inputs
