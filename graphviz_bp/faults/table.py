"""The mistakes people make in backpropagation: one row each, with its sentence and how the backward pass changes.

A row's `changes` yield every way in which the mistake can be made; the fields of its sentence are formulas in the
graph's words. What costs less is the simpler explanation, and comes first when several explain the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from . import functions, paths, rules
from .replay import Change, Replay


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake: its name, what to tell the person who made it, what it does, and how far-fetched it is.

    `pairs` says whether it may be one of two mistakes that explain an answer together.
    """

    name: str
    sentence: str
    changes: Callable[[Replay], Iterator[Change]]
    cost: float
    pairs: bool = False


# fmt: off
FAULTS = (
    #     name                              what to say of it                                                                            the pass             cost  pairs
    Fault("off by a layer",                "that is the local partial {given} on the wire; the other paths are missing",                paths.local_only,     1.05),
    Fault("sign",                          "the sign is wrong: everything should be multiplied by −1",                                  paths.whole_sign,     1.0, True),
    Fault("path missing",                  "you left out the path {path}, worth {worth}",                                               paths.missing,        1.0, True),
    Fault("path missing",                  "you left out everything that comes back through {child}: {term}",                           paths.missing_child,  1.1, True),
    Fault("path missing",                  "you left out everything that goes through {child}: {term}",                                 paths.missing_node,   1.1, True),
    Fault("factor",                        "the factor {factor} is missing in {partial}",                                               rules.constant_forgotten, 1.1, True),
    Fault("product-rule term missing",     "both factors of {name} = {formula} depend on {wrt}: the term that differentiates {part} is missing", rules.product_term, 1.15, True),
    Fault("quotient-rule term missing",    "above and below in {name} = {formula} there is {wrt}: the term that differentiates {part} is missing", rules.quotient_term, 1.15, True),
    Fault("term missing",                  "several terms of {name} = {formula} depend on {wrt}: the one from {part} is missing",       rules.sum_term,       1.15, True),
    Fault("inner derivative forgotten",    "you left out the factor {factor}",                                                          rules.link_forgotten, 1.2, True),
    Fault("function for its derivative",   "{function} stands in {partial} where its derivative belongs",                               functions.itself,     1.2, True),
    Fault("off by a layer",                "that is the local partial {given} alone; {missing} is missing",                             paths.upstream_forgotten, 1.25),
    Fault("off by a layer",                "that is {given}, the gradient at {node}; from there it has to go on to {wrt}",              paths.stopped_early,  1.3),
    Fault("pre-activation for activation", "{wrong} stands where {right} belongs, in {partial}",                                        functions.before_for_after, 1.3, True),
    Fault("exponent not lowered",          "the power rule lowers the exponent by one, and in {partial} it was not lowered",            rules.not_lowered,    1.3, True),
    Fault("another variable's derivative", "that is {given}, not {asked}",                                                              paths.another,        1.3),
    Fault("inner derivative forgotten",    "the inner derivative is missing: {inner} has one by {wrt} that is not 1",                   rules.inner_forgotten, 1.35, True),
    Fault("sign",                          "the sign of {partial} is wrong",                                                            rules.sign,           1.4, True),
    Fault("another variable's derivative", "each factor receives the other one: in {partial} it is {right}, not {wrong}",               rules.swapped,        1.4),
    Fault("another variable's derivative", "{wrong} stands where {right} belongs",                                                      paths.other_partial,  1.45),
    Fault("factor counted twice",          "the factor {factor} is there twice",                                                        rules.link_twice,     1.4),
    Fault("accumulation overwritten",      "at {node} the contributions of {children} add up, and only that of {child} was kept",       paths.overwritten,    1.12),
    Fault("quotient rule",                 "the quotient rule divides by the square of the denominator, in {name} = {formula}",         rules.not_squared,    1.4),
    Fault("power rule on an exponential",  "in {name} = {formula} the exponent varies; the power rule is for constant exponents",       rules.power_on_exponential, 1.4, True),
    Fault("power rule",                    "the power rule keeps the base: in {partial} it is missing",                                 rules.base_lost,      1.4),
    Fault("factor",                        "it is {factor} times what it should be",                                                    rules.overall,        1.5, True),
    Fault("factor",                        "{wrt} is a factor once too often",                                                          rules.variable_too_often, 1.55),
    Fault("factor",                        "a factor {wrt} is missing",                                                                 rules.variable_missing, 1.55),
    Fault("path counted twice",            "you counted the path {path} twice, worth {worth}",                                          paths.counted_twice,  1.5),
    Fault("factor",                        "the exponent comes down as it is, before it is lowered, in {partial}",                      rules.one_less,       1.5),
    Fault("product of the derivatives",    "the derivative of {name} = {formula} is not made of the derivatives of its two parts alone", rules.of_derivatives, 1.3),
    Fault("part of a derivative",          "a part of the derivative of {function} is missing in {partial}",                            functions.part,       1.5),
    Fault("kink ignored",                  "{function} lets the gradient through on one side only, in {partial}",                       functions.kink_ignored, 1.25, True),
    Fault("kink ignored",                  "only the branch {part} of {name} = {formula} was differentiated",                           functions.one_branch, 1.25),
    Fault("factor",                        "the exponent {factor} comes down as a factor, before it is lowered, in {partial}",                    rules.exponent_forgotten, 1.2, True),
    Fault("product rule",                  "in {name} = {formula} the derivative of each factor is multiplied by the other factor, not by its own", rules.own_factors, 1.3),
    Fault("derivative at the wrong argument", "{wrong} stands where {right} belongs, in {partial}: the outer derivative is taken at the whole argument", functions.wrong_argument, 1.45),
    Fault("derivative at the wrong argument", "in {partial} the derivative of the inner function is a factor, not the argument of the outer one", functions.at_inner_derivative, 1.45),
    Fault("wrong side of the kink",        "{function} lets the gradient through on the other side, in {partial}",                      functions.other_side, 1.5),
    Fault("constant treated as variable",  "{constant} does not depend on {wrt}, so its derivative is 0",                               rules.constant_varied, 1.45),
    Fault("constant treated as variable",  "{given} was added to {asked}: {constant} does not depend on {wrt}",                         paths.other_added,    1.65),
    Fault("constant treated as variable",  "the derivative of {constant} is 0, not {constant} itself",                                  rules.constant_kept,  1.45),
    Fault("another function's derivative", "the derivative of {other} was used for {function}, in {partial}",                           functions.another,    1.6),
    Fault("reciprocal",                    "{partial} is upside down",                                                                  functions.upside_down, 1.7),
    Fault("multiplied instead of added",   "the contributions of {children} are added, not multiplied",                                 paths.multiplied,     1.7),
    Fault("added instead of multiplied",   "the factors {below} and {above} along a path are multiplied, not added",                    paths.added,          1.7),
)
# fmt: on
NAME_MISSING = ("term missing", "{name} is missing: that is what it would be for {name} = 0")
NAME_NEGATED = ("sign", "the sign of {name} is wrong")
WRONG_NAME = ("another variable", "{wrong} stands where {right} belongs")
TAGS = {  # a mistake in the word or two that stand beside it in a figure
    "path missing": "left out", "accumulation overwritten": "overwritten", "path counted twice": "counted twice",
    "inner derivative forgotten": "forgotten", "product-rule term missing": "term left out", "quotient-rule term missing": "term left out",
    "term missing": "term left out", "function for its derivative": "not differentiated", "pre-activation for activation": "wrong name",
    "sign": "wrong sign", "factor": "wrong factor", "another variable's derivative": "another one's", "constant treated as variable": "a constant",
    "off by a layer": "stopped here", "factor counted twice": "twice", "exponent not lowered": "not lowered", "kink ignored": "kink ignored",
    "another variable": "wrong name", "wrong side of the kink": "wrong side", "transpose missing": "transpose", "transpose too many": "transpose",
    "transpose on the wrong factor": "transpose", "product in the wrong order": "wrong order", "factor 1/N missing": "1/N missing", "sum over the batch missing": "not summed",
    "elementwise for matrix product": "wrong product", "matrix product for elementwise": "wrong product", "softmax Jacobian taken as diagonal": "diagonal only",
    "time step left out": "left out", "sum too many": "summed", "quotient rule": "not squared", "reciprocal": "upside down",
}  # fmt: skip
