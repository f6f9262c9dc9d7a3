r"""Derivatives among pieces of LaTeX: `\frac{\partial z}{\partial u}`, `dz/du`, `\pdv{z}{u}`, `\nabla_u z`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NoReturn

from .macros import APPLIED, DERIVATIVES, FRACTIONS, FUNCTIONS, SIGNS, STYLES
from .pieces import Pieces
from .spelling import Spelling
from .vocabulary import FUNCTION_NAMES, UnknownName, Vocabulary, gradient_in

Found = tuple[str, str, int]  # the node that is differentiated, by which, and what follows


class Differentials:
    """Finds derivatives of nodes; `sure` ones (written with ∂) that can not be read are refused."""

    def __init__(self, pieces: Pieces, spelling: Spelling, vocabulary: Vocabulary) -> None:
        self.pieces, self.all, self.pair = pieces, pieces.all, pieces.pair
        self.spelling, self.vocabulary = spelling, vocabulary

    def at(self, i: int, end: int) -> Found | None:
        """The derivative that starts here, or None."""
        piece = self.all[i]
        if piece.kind == "macro" and piece.text in FRACTIONS:
            return self._fraction(i, end)
        if piece.kind == "macro" and piece.text in DERIVATIVES and i + 1 < end and self.all[i + 1].text == "{":
            top, bottom = self._groups(i, end)
            return self.node(*top), self.node(*bottom), bottom[1] + 1
        if piece.kind == "macro" and piece.text == "nabla":
            return self._nabla(i, end)
        return self._inline(i, end) or self._scripted(i, end) or self._primed(i, end)

    def operator(self, i: int, end: int) -> tuple[str, int, int, int] | None:
        r"""\frac{d}{du}(...) and \frac{d(...)}{du}: by which node, and where what is differentiated begins and ends."""
        top, bottom = self._operator_groups(i, end)
        if top is None or bottom is None:
            return None
        above, below = self._sign(*top), self._sign(*bottom)
        if above is None or below is None or not self._is_node(below[1], bottom[1]):
            return None
        wrt, after = self.node(below[1], bottom[1]), bottom[1] + (self.all[i].text in FRACTIONS)
        if above[1] < top[1]:
            return wrt, above[1], top[1], after
        if after >= end or self.all[after].kind == "sign":
            self.refuse("it is not said what is differentiated here", "write \\frac{\\partial z}{\\partial u}", i)
        alone = i == 0 or self._ends_side(i - 1, end)
        side = next((k for k in self._outside(after, end) if self.all[k].kind == "end" or self._ends_side(k, end)), end)
        if alone and self.all[after].kind != "open" and not any(self.all[k].kind == "sign" for k in self._outside(after, side)):
            return wrt, after, side, side  # d/dx x³ sin x, and nothing else
        last = self._reach(after, end)
        return wrt, after, last, last

    def _operator_groups(self, i: int, end: int) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
        """What stands above and below in \\frac{d}{du} and d/du."""
        if self._is_fraction(i, end):
            return self._groups(i, end)
        above = self._sign(i, end) if self.all[i].kind in ("letter", "macro") else None
        slash = above[1] if above else end
        divides = slash + 2 < end and self.all[slash].kind == "sign" and SIGNS[self.all[slash].text][0] == "SLASH"
        below = self._sign(slash + 1, end) if divides else None
        variable = self.known(below[1], end) if below else None
        return (None, None) if above is None or variable is None else ((i, slash), (slash + 1, variable[1]))

    def _outside(self, i: int, end: int) -> Iterator[int]:
        """The places outside brackets."""
        while i < end:
            yield i
            i = self.pair[i] + 1 if self.all[i].kind == "open" else i + 1

    def _reach(self, i: int, end: int) -> int:
        """Where what an operator acts on ends: a bracket or a power; what follows must not be a factor."""
        j = self.pair[i] + 1 if self.all[i].kind == "open" else i + 1
        found = self.known(i, end)
        j = found[1] if found is not None else j
        function = self.all[i].kind == "macro" or (self.all[i].kind == "greek" and self.all[i].text in APPLIED)
        if j < end and self.all[j].kind == "open" and (function or (found is not None and self._is_signature(j, self.pair[j] + 1))):
            j = self.pair[j] + 1
        elif function and j < end and self.all[j].kind in ("letter", "greek"):
            j += 1  # sin x
        while j < end and (self.all[j].kind == "prime" or (self.all[j].kind == "script" and j + 1 < end)):
            script = self.all[j].kind == "script"
            j = j + 1 if not script else self.pair[j + 1] + 1 if self.all[j + 1].kind == "open" else j + 2
        if j < end and self.all[j].kind not in ("sign", "end", "close") and self.all[i].kind != "open":
            self.refuse("it is not clear how far this derivative reaches", "put brackets around what is differentiated", j)
        return j

    def _scripted(self, i: int, end: int) -> Found | None:
        """∂_u z, D_u z, and Df where there is one variable."""
        piece = self.all[i]
        if (piece.kind, piece.text) == ("letter", "D") and i + 1 < end and not self.vocabulary.find("D"):
            only = self._one_node(i + 1, end) if self.all[i + 1].kind in ("letter", "greek") else None
            only = only or (self._nearly(i + 1, end, self.vocabulary.differentiated) if only is None else None)
            wrt = self.vocabulary.variables.get(only[0]) if only is not None else None
            if only is not None and wrt is not None:
                return only[0], wrt, self._applied_to(wrt, only[1], end)
        sign = (piece.kind, piece.text) in (("macro", "partial"), ("letter", "D")) and not self.vocabulary.find("D")
        if not sign or i + 2 >= end or self.all[i + 1].text != "_":
            return None
        braced = self.all[i + 2].text == "{"
        last = self.pair[i + 2] if braced else i + 3
        if not self._is_node(i + 3 if braced else i + 2, last):
            return None
        top = self._one_node(last + braced, end)
        return (top[0], self.node(i + 3 if braced else i + 2, last), top[1]) if top else None

    def _primed(self, i: int, end: int) -> Found | None:
        """z'(u), and z' where z depends on one input."""
        if self.all[i].kind not in ("letter", "greek", "macro"):
            return None
        found = self.known(i, end) or self._function_name(i)
        if found is None or found[1] >= end:
            return None
        node, j = found
        if self.all[j].kind == "prime":
            j += 1
        elif self.all[j].text == "^" and j + 1 < end and self.spelling.script(j + 1, end)[0] == "'":
            j = self.spelling.script(j + 1, end)[1]
        else:
            return None
        if j < end and self.all[j].kind == "prime":
            self.refuse("this is a second derivative", "claims are about first derivatives", i)
        if j < end and self.all[j].kind == "open" and self._is_node(j + 1, self.pair[j]):
            return node, self.node(j + 1, self.pair[j]), self.pair[j] + 1
        wrt = self.vocabulary.variables.get(node)
        return None if wrt is None else (node, wrt, self._placed(wrt, j, end))

    def _function_name(self, i: int) -> tuple[str, int] | None:
        """f or y for the output, where it is a function of one variable."""
        piece, follows = self.all[i], i + 1 < len(self.all) and self.all[i + 1].kind in ("prime", "script")
        if not follows or piece.kind != "letter" or piece.text not in FUNCTION_NAMES or (i and self.all[i - 1].kind == "letter" and not piece.spaced):
            return None
        primed = self.all[i + 1].kind == "prime" or self.spelling.script(i + 2, len(self.all))[0] == "'"
        node = self.vocabulary.differentiated(piece.text) if primed else None
        return None if node is None else (node, i + 1)

    def _applied_to(self, wrt: str, j: int, end: int) -> int:
        """What follows the variable or the number at which a derivative is taken, Dz(u)."""
        named = j < end and self.all[j].text == "(" and self._is_node(j + 1, self.pair[j]) and self.node(j + 1, self.pair[j]) == wrt
        return self.pair[j] + 1 if named else self._placed(wrt, j, end)

    def _placed(self, wrt: str, j: int, end: int) -> int:
        """What follows the number at which a derivative is taken, z'(5)."""
        inside = self.all[j + 1 : self.pair[j]] if j < end and self.all[j].text == "(" else []
        minus = len(inside) == 2 and inside[0].kind == "sign" and SIGNS[inside[0].text][0] == "MINUS"
        if not inside or inside[-1].kind != "number" or len(inside) > 1 + minus:
            return j
        self.vocabulary.placed[wrt] = Fraction(inside[-1].text) * (-1 if minus else 1)
        return self.pair[j] + 1

    def refuse(self, sentence: str, remedy: str, i: int) -> NoReturn:
        self.pieces.refuse(sentence, remedy, self.all[min(i, len(self.all) - 1)].position)

    def unknown(self, i: int, end: int) -> NoReturn:
        """Refuse what names no node."""
        i = min(i, len(self.all) - 1)
        shown = next((key for key, _ in self.spelling.keys(i, end)), "") if i < end else ""
        if self.all[i].kind == "macro" and not shown:
            self.refuse(f"\\{self.all[i].text} can not be read here", "write it with the signs of the language", i)
        keys = [key for key, _ in self.spelling.keys(i, end)] if i < end else []
        letters = [key for key in keys if len(key.rstrip("'").split("_")[0].split("^")[0]) == 1]  # a name alone, with its scripts
        said, remedy = f"there is no node {shown or self.all[i].text}", self.vocabulary.nearest(shown)
        raise UnknownName(said, remedy=remedy, source=self.pieces.text, position=self.all[i].position, name=(letters or keys or [""])[0]) from None

    def known(self, i: int, end: int) -> tuple[str, int] | None:
        """The longest node's name that starts here, and what follows it."""
        for key, after in self.spelling.keys(i, end) if i < end else ():
            node = self.vocabulary.node(key)
            if node is not None:
                return node, after
        return None

    def node(self, i: int, end: int) -> str:
        """The node that these pieces name, and nothing else."""
        i, end = self._bare(i, end)
        found = self.known(i, end) or self._nearly(i, end, self.vocabulary.guess)
        if found is None or found[1] != end:
            self.unknown(i, end)
        return found[0]

    def top(self, i: int, end: int) -> str:
        """The node that is differentiated."""
        i, end = self._bare(i, end)
        known = self.known(i, end)
        if known is not None and self._is_signature(known[1], end):
            return known[0]  # f(x), L(w, b)
        found = None if known else self._nearly(i, end, self.vocabulary.differentiated)
        return found[0] if found is not None and found[1] == end else self.node(i, end)

    def _bare(self, i: int, end: int) -> tuple[int, int]:
        """The same without braces around it."""
        while end - i > 2 and self.all[i].kind == "open" and self.pair[i] == end - 1:
            i, end = i + 1, end - 1
        return i, end

    def _is_node(self, i: int, end: int) -> bool:
        i, end = self._bare(i, end)
        found = self.known(i, end) or self._nearly(i, end, self.vocabulary.guess)
        return found is not None and found[1] == end

    def _nearly(self, i: int, end: int, find: Callable[[str], str | None]) -> tuple[str, int] | None:
        """The longest name that nearly starts here."""
        found = ((find(key), after) for key, after in (self.spelling.keys(i, end) if i < end else ()))
        return next(((node, after) for node, after in found if node and gradient_in(node) is None), None)

    def _groups(self, i: int, end: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """The insides of the two groups after a macro."""
        groups, j = [], i + 1
        for _ in range(2):
            if j >= end or self.all[j].text != "{":
                self.refuse("this derivative can not be read", "write \\frac{\\partial z}{\\partial u}", i)
            groups.append((j + 1, self.pair[j]))
            j = self.pair[j] + 1
        return groups[0], groups[1]

    def _sign(self, i: int, end: int) -> tuple[str, int] | None:
        """The sign of a differential, "∂" or "d", and what follows it."""
        if i >= end:
            return None
        piece = self.all[i]
        if piece.kind == "macro" and piece.text == "partial":
            return "∂", i + 1
        if piece.kind == "letter" and piece.text == "d":
            return "d", i + 1
        if piece.kind == "macro" and piece.text in ("dd", "diff", "dif") and i + 1 < end and self.all[i + 1].text != "{":
            return "d", i + 1
        if (piece.kind, piece.text) == ("greek", "delta") and self.vocabulary.find("delta") is None:
            return "d", i + 1
        if piece.kind == "macro" and piece.text in STYLES:
            text, after = self.spelling.unit(i, end)
            return ("d", after) if text == "d" else None
        if piece.kind == "open" and piece.text == "{":  # {\rm d}
            inside = self._sign(i + 1, self.pair[i])
            return (inside[0], self.pair[i] + 1) if inside is not None and inside[1] == self.pair[i] else None
        return None

    def _is_fraction(self, i: int, end: int) -> bool:
        """Whether two groups follow a fraction's macro."""
        fraction = self.all[i].kind == "macro" and self.all[i].text in FRACTIONS
        return fraction and i + 1 < end and self.all[i + 1].text == "{" and self.pair[i + 1] + 1 < end and self.all[self.pair[i + 1] + 1].text == "{"

    def _fraction(self, i: int, end: int) -> Found | None:
        if not self._is_fraction(i, end):
            return None
        top, bottom = self._groups(i, end)
        above, below = self._sign(*top), self._sign(*bottom)
        if above is None or below is None:
            return None
        if any(self.all[j].text == "^" and self.all[j].kind == "script" for _, j in (above, below)):
            self.refuse("this is a second derivative", "claims are about first derivatives", i)
        operator = above[1] == top[1]
        below_is_node = self._is_node(below[1], bottom[1])
        above_is_node = not operator and self._is_top(above[1], top[1])
        if not below_is_node and "∂" not in (above[0], below[0]):
            return None
        wrt = self.node(below[1], bottom[1])
        if operator:
            return self._operator(wrt, i, bottom[1] + 1, end)
        if not above_is_node and self._is_expression(above[1], top[1]):
            return None
        after = bottom[1] + 1
        alone = i == 0 and after < end and self.all[after].kind == "open" and self._ends_side(self.pair[after] + 1, end)
        return self.top(above[1], top[1]), wrt, self._placed(wrt, after, end) if alone else after

    def _ends_side(self, i: int, end: int) -> bool:
        return i >= end or (self.all[i].kind == "sign" and SIGNS[self.all[i].text][0] == "EQUALS")

    def _is_signature(self, i: int, end: int) -> bool:
        """Whether these pieces are the variables of a function in brackets."""
        if not (i < end and self.all[i].kind == "open" and self.pair[i] == end - 1):
            return False
        return all(piece.kind in ("letter", "greek", "script", "number", "open", "close") or piece.text == "," for piece in self.all[i + 1 : end - 1])

    def _is_top(self, i: int, end: int) -> bool:
        i, end = self._bare(i, end)
        known = self.known(i, end)
        if known is not None and self._is_signature(known[1], end):
            return True
        found = self.known(i, end) or self._nearly(i, end, self.vocabulary.differentiated)
        return found is not None and found[1] == end

    def _is_expression(self, i: int, end: int) -> bool:
        """Whether more than a name is differentiated."""
        return any(piece.kind in ("open", "sign", "number") or piece.text in FUNCTIONS for piece in self.all[i:end])

    def _operator(self, wrt: str, i: int, j: int, end: int) -> Found | None:
        r"""What stands after \frac{\partial}{\partial u}."""
        found = self._one_node(j, end) or (self._nearly(j, end, self.vocabulary.differentiated) if j < end else None)
        if found is not None and found[1] < end and self.all[found[1]].kind == "open" and self._is_signature(found[1], self.pair[found[1]] + 1):
            found = found[0], self.pair[found[1]] + 1  # J(w, b)
        factor_follows = found is not None and found[1] < end and self.all[found[1]].kind not in ("sign", "end", "close", "column")
        if found is None or factor_follows:
            return None
        return found[0], wrt, found[1]

    def _nabla(self, i: int, end: int) -> Found:
        """∇_u z; the node is empty where none is named."""
        if i + 2 >= end or self.all[i + 1].text != "_":
            self.refuse("it is not said what ∇ differentiates by", "write \\nabla_u z", i)
        braced = self.all[i + 2].text == "{"
        last = self.pair[i + 2] if braced else i + 3
        wrt, after = self.node(i + 3 if braced else i + 2, last), last + braced
        found = self._one_node(after, end)
        return ("", wrt, after) if found is None else (found[0], wrt, found[1])

    def _inline(self, i: int, end: int) -> Found | None:
        """∂z/∂u and dz/du on one line."""
        above = self._sign(i, end)
        if above is None:
            return None
        top = self._one_node(above[1], end) or self._named_top(above[1], end)
        slash = top[1] if top else end
        divides = slash < end and self.all[slash].kind == "sign" and SIGNS[self.all[slash].text][0] == "SLASH"
        below = self._sign(slash + 1, end) if divides else None
        bottom = self._one_node(below[1], end) if below else None
        if top is None or bottom is None:
            if above[0] == "d" or (above[1] < end and self.all[above[1]].text == "_"):
                return None  # a node named d, or a product
            self.refuse("this derivative can not be read", "write \\frac{\\partial z}{\\partial u} or dz/du", i)
        if bottom[1] < end and self.all[bottom[1]].kind == "script" and self.all[bottom[1]].text == "^":
            self.refuse("it is not clear what this exponent belongs to", "write (dz/du)^2", bottom[1])
        return top[0], bottom[0], bottom[1]

    def _named_top(self, i: int, end: int) -> tuple[str, int] | None:
        """The output by a name of its own, before a slash."""
        found = self._nearly(i, end, self.vocabulary.differentiated)
        slash = found is not None and found[1] < end and self.all[found[1]].text in ("/", "div")
        return found if slash else None

    def _one_node(self, i: int, end: int) -> tuple[str, int] | None:
        """A node's name, perhaps in brackets, and what follows."""
        if i < end and self.all[i].kind == "open" and self.all[i].text == "(":
            return (self.node(i + 1, self.pair[i]), self.pair[i] + 1) if self._is_node(i + 1, self.pair[i]) else None
        return self.known(i, end)
